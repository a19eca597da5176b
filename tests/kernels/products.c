/* Is every product the sum that plain loops add up? On random shapes, for one size of register and one number format.
 *
 * test_products.py compiles this with REFNET_REGISTER and REFNET_REAL set. Some registers are wider than the machine's:
 * the compiler then uses several, and the bits are those of the machine that has them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/matmul.h"

/* Bytes of scratch memory: what a product of this register's tiles takes at most, as matmul.h asserts. Nobody may write
 * what lies behind it. */
enum {
    SCRATCH = (BLOCK * (GROUP + REFNET_LANES + (LEFT_ROWS + MOST_ROWS - 1) * LEFT_COPIES) + REFNET_LANES) * REFNET_REAL,
    BEHIND = 1 << 16,
    UNTOUCHED = 0xA5,
};
static _Alignas(64) unsigned char memory[SCRATCH + BEHIND];

void *refnet_scratch(void)
{
    return memory;
}

static int is_scratch_kept_to(void)
{
    int kept = 1;
    for (int i = 0; i < BEHIND; i++)
        kept &= memory[SCRATCH + i] == UNTOUCHED;
    return kept;
}

static uint64_t state = 1;

/* From 0 to below - 1, by Knuth's linear congruential generator. */
static int64_t draw(int64_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((state >> 33) % (uint64_t)below);
}

/* So many numbers of very different sizes, so that another order of a sum has other bits; and zeros, whose products
 * have signs. Behind them is one more, which nobody may write. */
static real *numbers(int64_t count)
{
    real *x = malloc((size_t)(count + 1) * sizeof *x);
    for (int64_t i = 0; i <= count; i++)
        x[i] = draw(8) ? (real)(draw(2000001) - 1000000) / (real)(1 << draw(30)) : 0;
    return x;
}

static real plain_sum(const product *p, int64_t i, int64_t j)
{
    real sum = p->continues ? p->c[i * p->c_row + j] : p->start ? p->start[j] : 0;
    for (int64_t k = 0; k < p->depth; k++)
        sum += p->a[i * p->a_row + k * p->a_step] * p->b[k * p->b_step + j * p->b_column];
    return sum;
}

/* The product of one shape, by each of the ways to hand it in. What lies beside C's rows, behind C, behind packed B and
 * behind the scratch memory must stay as it is. */
static int is_right(int64_t rows, int64_t columns, int64_t depth)
{
    const int a_lies = (int)draw(2), b_lies = (int)draw(2); /* as A or as its transpose */
    const int64_t beside = draw(2) * draw(20), c_row = columns + beside, c_size = rows * c_row + 1;
    real *a = numbers(rows * depth), *b = numbers(depth * columns), *start = numbers(columns);
    real *c = numbers(rows * c_row);
    real *expected = malloc((size_t)c_size * sizeof *expected);
    product p = {.rows = rows, .columns = columns, .depth = depth, .c = c, .c_row = c_row,
                 .a = a, .a_row = a_lies ? 1 : depth, .a_step = a_lies ? rows : 1,
                 .b = b, .b_step = b_lies ? 1 : columns, .b_column = b_lies ? depth : 1,
                 .start = draw(2) ? start : NULL, .continues = (int)draw(2)};
    real *packed = numbers(packed_size(columns, depth)), *const behind = packed + packed_size(columns, depth);
    const real last = *behind;
    if (draw(2)) {
        pack_right(&p, packed);
        p.packed = packed;
    }
    memcpy(expected, c, (size_t)c_size * sizeof *c);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            expected[i * c_row + j] = plain_sum(&p, i, j);
    multiply(&p);
    const int same = memcmp(expected, c, (size_t)c_size * sizeof *c) == 0;
    const int kept = is_scratch_kept_to() && *behind == last;
    if (!same || !kept)
        printf("rows %d columns %d depth %d: transposed %d %d, start %d, continues %d, packed %d: %s\n", (int)rows,
               (int)columns, (int)depth, a_lies, b_lies, p.start != NULL, p.continues, p.packed != NULL,
               same ? "what lies behind is written" : "another C");
    free(a), free(b), free(start), free(c), free(expected), free(packed);
    return same && kept;
}

int main(void)
{
    static const int64_t large[] = {1, 2, 10, 30, 97, 130, 193, 401, 801, 1201}; /* around blocks, groups, parts */
    int failed = 0;
    memset(memory, UNTOUCHED, sizeof memory);
    for (int i = 0; i < 6000 && failed < 10; i++)
        failed += !is_right(1 + draw(40), 1 + draw(40), 1 + draw(40));
    for (int i = 0; i < 300 && failed < 10; i++)
        failed += !is_right(large[draw(8)] + draw(3), large[draw(8)] + draw(3), large[draw(10)] + draw(3));
    for (int i = 0; i < MOST_ROWS && failed < 10; i++) /* those that fill the scratch memory */
        failed += !is_right(LEFT_ROWS - i, WIDE / GROUP * GROUP + GROUP + REFNET_LANES, BLOCK);
    return failed != 0;
}
