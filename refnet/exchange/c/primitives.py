"""What does C have to say in its own way? The bits of a number, and the square root."""

TEXTS = {
    "magnitude": """\
/* |number|, NaN too */
static inline double NAME_magnitude(double number)
{
    union { double number; uint64_t bits; } x;
    x.number = number;
    x.bits &= UINT64_C(0x7FFFFFFFFFFFFFFF);
    return x.number;
}
""",
    "with_sign": """\
/* |number| with the sign of another */
static inline double NAME_with_sign(double number, double sign)
{
    union { double number; uint64_t bits; } x, y;
    x.number = number;
    y.number = sign;
    x.bits = (x.bits & UINT64_C(0x7FFFFFFFFFFFFFFF)) | (y.bits & UINT64_C(0x8000000000000000));
    return x.number;
}
""",
    "power_of_two": """\
/* 2^n for -1022 <= n <= 1023 */
static inline double NAME_power_of_two(int n)
{
    union { double number; uint64_t bits; } x;
    x.bits = (uint64_t)(n + 1023) << 52;
    return x.number;
}
""",
    "split": """\
/* m and n with number = m 2^n and 1/2 <= m < 1, for a finite number > 0 */
static inline double NAME_split(double number, int *n)
{
    const int is_subnormal = number < 2.2250738585072014e-308;
    union { double number; uint64_t bits; } x;
    x.number = is_subnormal ? number * 18014398509481984.0 : number; /* 2^54 */
    *n = (int)(x.bits >> 52) - 1022 - (is_subnormal ? 54 : 0);
    x.bits = (x.bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x3FE0000000000000);
    return x.number;
}
""",
    "root": """\
/* The square root, correctly rounded: by the processor's own instruction, or by integers. */
static inline double NAME_root(double number)
{
#if defined(__GNUC__) && defined(__AVX__)
    __asm__("vsqrtsd %1, %1, %0" : "=x"(number) : "x"(number));
    return number;
#elif defined(__GNUC__) && defined(__SSE2__)
    __asm__("sqrtsd %1, %0" : "=x"(number) : "x"(number));
    return number;
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__("fsqrt %d0, %d1" : "=w"(number) : "w"(number));
    return number;
#elif defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP) && (__ARM_FP & 8)
    __asm__("vsqrt.f64 %P0, %P1" : "=w"(number) : "w"(number));
    return number;
#else
    union { double number; uint64_t bits; } x;
    const double normal = number < 2.2250738585072014e-308 ? number * 18014398509481984.0 : number; /* 2^54 */
    if (!(number > 0.0) || number > 1.7976931348623157e308) {
        return number;
    }
    x.number = normal;
    int n = (int)(x.bits >> 52) - 1023;
    uint64_t m = (x.bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x0010000000000000);
    if (n & 1) {
        m <<= 1;
        n -= 1;
    }
    /* normal = m 2^(n - 52), n even: its root is r 2^(n/2 - 52) with r the root of m 2^52. By Newton, nearly: */
    const double a = (double)m * 2.220446049250313e-16; /* 2^-52: 1 <= a < 4 */
    double root = 0.6666666666666666 + a * 0.3333333333333333;
    for (int i = 0; i < 4; i++) {
        root = 0.5 * (root + a / root);
    }
    uint64_t r = (uint64_t)(root * 4503599627370496.0);
    int64_t rest = (int64_t)((m << 52) - r * r); /* modulo 2^64, but small */
    while (rest > (int64_t)r) { /* m 2^52 > (r + 1/2)^2 */
        rest -= (int64_t)(2 * r + 1);
        r += 1;
    }
    while (rest <= -(int64_t)r) { /* m 2^52 < (r - 1/2)^2 */
        r -= 1;
        rest += (int64_t)(2 * r + 1);
    }
    x.bits = ((uint64_t)(n / 2 + 1022 - (number < 2.2250738585072014e-308 ? 27 : 0)) << 52) + r;
    return x.number;
#endif
}
""",
}
