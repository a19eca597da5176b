/* Does C compute refnet's bits? exp, sigmoid, affine and a 2-3-1 training, in binary64 or binary32, written
   from FORMAT.md alone.

       cc -ffp-contract=off -o check check.c -lm && ./check vectors        the folder that `refnet vectors` wrote

   It says "pass", or the first place and value that differ. Take it as a pattern for an implementation of your own. */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 4096 /* numbers of a matrix */

static double number(uint64_t bits) { double x; memcpy(&x, &bits, 8); return x; }
static float binary32(uint32_t bits) { float x; memcpy(&x, &bits, 4); return x; }
static uint64_t bits_of(double x) { uint64_t bits; memcpy(&bits, &x, 8); return x == x ? bits : 0x7ff8000000000000u; }

/* --- FORMAT.md, section 3: elementary functions --- */

static const uint64_t EXP[] = { /* EXP_12 ... EXP_3 */
    0x3e21e67138bda40cu, 0x3e5af684e56ff335u, 0x3e927e58ce595040u, 0x3ec71ddf27c175f2u, 0x3efa01a015289042u,
    0x3f2a01a01b263a58u, 0x3f56c16c16c26fa0u, 0x3f8111111110efd3u, 0x3fa5555555555531u, 0x3fc555555555555au,
};

static double two_to(double n) { return number((uint64_t)(n + 1023.0) << 52); } /* a normal number: |n| < 1023 */

static double exponential(double x) {
    /* volatile: no compiler may take a constant away that is added and subtracted again */
    volatile double shifted, split, halved;
    double n, r_hi, r_lo, high, low, r, head, cube, tail, half, sum;
    if (x != x) return x;
    if (x < -746.0) x = -746.0;
    if (x > 710.0) x = 710.0;
    shifted = x * number(0x3ff71547652b82feu) + number(0x4338000000000000u);
    n = shifted - number(0x4338000000000000u);
    r_hi = x - n * number(0x3fe62e42fefa3800u);
    r_lo = n * number(0x3d2ef35793c76730u);
    split = r_hi + number(0x41a8000000000000u);
    high = split - number(0x41a8000000000000u);
    low = (r_hi - high) - r_lo;
    r = high + low;
    head = high + 0.5 * high * high;
    sum = number(EXP[0]);
    for (int i = 1; i < 10; i++) sum = number(EXP[i]) + r * sum;
    cube = r * r * r * sum;
    tail = low + (low * (high + 0.5 * low) + cube);
    halved = n * 0.5 + number(0x4338000000000000u);
    half = halved - number(0x4338000000000000u);
    return ((1.0 + head) + tail) * two_to(half) * two_to(n - half);
}

static double sigmoid(double z) { return 1.0 / (1.0 + exponential(-z)); }

/* --- section 4: random numbers --- */

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t stream_key(uint64_t seed, uint64_t stream) { return mix(mix(seed) + stream); }

static double uniform(uint64_t key, uint64_t n) {
    return (double)(mix(key + (n + 1) * 0x9e3779b97f4a7c15u) >> 11) * number(0x3ca0000000000000u);
}

static void permutation(uint64_t key, int n, int *order) {
    for (int i = 0; i < n; i++) order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(uniform(key, (uint64_t)(n - 1 - i)) * (i + 1)), other = order[i];
        order[i] = order[j];
        order[j] = other;
    }
}

/* --- section 14: one operation in binary64, rounded to binary32, is binary32's operation --- */

static int is_binary32; /* the file */

static double rounded(double x) { return is_binary32 ? (double)(float)x : x; }

/* --- matrices, and section 6: kernels; every sum in ascending order, from the value stated --- */

typedef struct { int rows, columns; double at[MOST]; } Matrix;

static double *place(Matrix *x, int i, int j) { return &x->at[i * x->columns + j]; }

static void affine(Matrix *x, Matrix *weights, Matrix *bias, Matrix *z) {
    z->rows = x->rows, z->columns = weights->rows;
    for (int i = 0; i < x->rows; i++)
        for (int j = 0; j < weights->rows; j++) {
            double net = bias ? bias->at[j] : 0.0;
            for (int k = 0; k < x->columns; k++) net = rounded(net + rounded(*place(weights, j, k) * *place(x, i, k)));
            *place(z, i, j) = net;
        }
}

/* --- reading: not all of JSON, but the lines as `refnet vectors` writes them --- */

static const char *current; /* the file, for messages */
static int compared;

static void fail(const char *where, const char *what) {
    printf("differs: %s: %s: %s\n", current, where, what);
    exit(1);
}

static char *read_file(const char *folder, const char *name) {
    static char path[4096];
    FILE *file;
    char *text = NULL;
    size_t size = 0, got;
    current = name;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file) fail(path, "cannot be read");
    do {
        text = realloc(text, size + 65537);
        if (!text) fail(path, "not enough memory");
        got = fread(text + size, 1, 65536, file);
        text[size += got] = 0;
    } while (got);
    fclose(file);
    is_binary32 = strstr(text, "\n  \"number\": \"binary32\",") != NULL;
    if (!is_binary32 && strstr(text, "\n  \"number\": \"")) fail("number", "is a format that is not computed here");
    return text;
}

/* What follows "name": after this place. */
static const char *field(const char *from, const char *name) {
    char key[100];
    snprintf(key, sizeof key, "\"%s\": ", name);
    from = strstr(from, key);
    if (!from) fail(name, "is not there");
    return from + strlen(key);
}

/* The decimals beside the bits say the same: so a wrong bit of what is given is found, and told from a wrong result. */
static void read_decimals(const char *at, const char *name, Matrix *x) {
    for (int i = 0; i < x->rows * x->columns; i++) {
        char *end;
        double decimal = strtod(at += 1 + (i > 0) + (at[1 + (i > 0)] == '"'), &end); /* "inf" and "nan" have quotes */
        if (end == at || bits_of(decimal) != bits_of(x->at[i])) {
            char what[200];
            snprintf(what, sizeof what, "row %d unit %d: the bits are those of %.17g, the decimal is %.40s",
                     i / x->columns, i % x->columns, x->at[i], at);
            fail(name, what);
        }
        at = end + (*end == '"');
    }
}

static void read_matrix(const char *at, const char *name, Matrix *x) {
    char *end;
    const char *shape = field(at, "shape");
    if (*at != '{') fail(name, "is no object with shape and bits");
    x->rows = (int)strtol(shape + 1, &end, 10);
    x->columns = *end == ',' ? (int)strtol(end + 1, &end, 10) : 0;
    if (*end != ']' || x->rows < 1 || x->columns < 1 || x->rows > MOST / x->columns) fail(name, "has no such shape");
    at = field(at, "bits");
    for (int i = 0; i < x->rows * x->columns; i++) {
        if (at[0] != (i ? ',' : '[') || at[1 + (i > 0)] != '"') fail(name, "has fewer bits than its shape says");
        at += 2 + (i > 0);
        uint64_t bits = strtoull(at, &end, 16);
        int is_narrow = is_binary32 && end == at + 8;
        x->at[i] = is_narrow ? (double)binary32((uint32_t)bits) : number(bits);
        if ((end != at + 16 && !is_narrow) || *end != '"') fail(name, "has bits that are not 16 hexadecimal digits");
        at = end + 1;
    }
    if (*at != ']') fail(name, "has more bits than its shape says");
    read_decimals(field(at, "decimal"), name, x);
}

static void compare(const char *where, Matrix *file, Matrix *own) {
    if (file->rows != own->rows || file->columns != own->columns) fail(where, "has another shape");
    for (int i = 0; i < own->rows * own->columns; i++, compared++) {
        uint64_t expected = bits_of(file->at[i]), computed = bits_of(own->at[i]);
        if (expected != computed) {
            char what[200];
            snprintf(what, sizeof what, "row %d unit %d: the file has %016llx (%.17g); computed %016llx (%.17g)",
                     i / own->columns, i % own->columns, (unsigned long long)expected, file->at[i],
                     (unsigned long long)computed, own->at[i]);
            fail(where, what);
        }
    }
}

/* --- single functions and kernels --- */

static void check_calls(const char *folder, const char *file, const char *argument, double (*function)(double)) {
    static Matrix x, weights, bias, own, result;
    char *text = read_file(folder, file), where[40];
    const char *call = strstr(text, "\"arguments\": ");
    if (!call) fail("calls", "there is none");
    for (int number = 0; call; number++, call = strstr(call + 1, "\"arguments\": ")) {
        snprintf(where, sizeof where, "calls[%d] result", number);
        read_matrix(field(call, argument), argument, &x);
        read_matrix(field(field(call, "results"), "result"), where, &result);
        if (function) {
            own = x;
            for (int i = 0; i < x.rows * x.columns; i++) own.at[i] = rounded(function(x.at[i]));
        } else {
            const char *start = field(call, "bias");
            read_matrix(field(call, "weights"), "weights", &weights);
            if (*start != 'n') read_matrix(start, "bias", &bias); /* else null */
            if (weights.columns != x.columns || (*start != 'n' && bias.columns != weights.rows))
                fail(where, "arguments whose shapes do not fit");
            affine(&x, &weights, *start == 'n' ? NULL : &bias, &own);
        }
        compare(where, &result, &own);
    }
    free(text);
}

/* --- section 9: a training of Input(2), Dense(3), Sigmoid, Dense(1), Sigmoid with HalfSquaredError and SGD --- */

enum { W1, B1, W2, B2, RATE, X, Z1, O1, Z2, O2, Y, ROWS, SUM, LOSS, D_O2, D_Z2, G_W2, G_B2, D_O1, D_Z1, G_W1, G_B1,
       NEW_W1, NEW_B1, NEW_W2, NEW_B2, VALUES };

static const char *NAMES[VALUES] = {
    "dense1.weights", "dense1.bias", "dense2.weights", "dense2.bias", "rate", "input.o", "dense1.z", "sigmoid1.o",
    "dense2.z", "sigmoid2.o", "targets", "loss.rows", "loss.sum", "loss", "sigmoid2.delta", "dense2.delta",
    "dense2.weights.gradient", "dense2.bias.gradient", "sigmoid1.delta", "dense1.delta", "dense1.weights.gradient",
    "dense1.bias.gradient", "dense1.weights.new", "dense1.bias.new", "dense2.weights.new", "dense2.bias.new",
};

static Matrix value[VALUES];

static Matrix *shaped(int name, int rows, int columns) {
    value[name].rows = rows, value[name].columns = columns;
    return &value[name];
}

/* Section 5: Glorot's initial weights, and a bias of zeros. */
static void initial(int name, uint64_t key, int units, int inputs) {
    double alpha = sqrt(3.0 * (2.0 / (inputs + units)));
    Matrix *w = shaped(name, units, inputs), *b = shaped(name + 1, 1, units);
    for (int i = 0; i < units * inputs; i++) w->at[i] = rounded((2.0 * alpha) * (uniform(key, (uint64_t)i) + -0.5));
    for (int j = 0; j < units; j++) b->at[j] = 0.0;
}

static void activate(int z, int o) {
    affine(&value[z - 1], &value[z == Z1 ? W1 : W2], &value[z == Z1 ? B1 : B2], &value[z]);
    value[o] = value[z];
    for (int i = 0; i < value[z].rows * value[z].columns; i++) value[o].at[i] = rounded(sigmoid(value[z].at[i]));
}

/* From the gradient of a layer's output to those of its net input, weights and bias, and to the new weights. */
static void back(int o, int d_o, int x, int d_z, int weights, int gradient, int fresh) {
    int m = value[o].rows, units = value[o].columns, inputs = value[x].columns;
    Matrix *d = shaped(d_z, m, units), *g = shaped(gradient, units, inputs), *gb = shaped(gradient + 1, 1, units);
    for (int i = 0; i < m * units; i++) {
        double p = value[o].at[i];
        d->at[i] = rounded(value[d_o].at[i] * rounded(p * rounded(1.0 - p)));
    }
    for (int j = 0; j < units; j++) {
        gb->at[j] = 0.0;
        for (int i = 0; i < m; i++) gb->at[j] = rounded(gb->at[j] + *place(d, i, j));
        for (int k = 0; k < inputs; k++) {
            double total = 0.0;
            for (int i = 0; i < m; i++) total = rounded(total + rounded(*place(d, i, j) * *place(&value[x], i, k)));
            *place(g, j, k) = total;
        }
    }
    for (int part = 0; part < 2; part++) {
        Matrix *w = &value[weights + part], *slope = &value[gradient + part];
        Matrix *result = shaped(fresh + part, w->rows, w->columns);
        for (int i = 0; i < w->rows * w->columns; i++)
            result->at[i] = rounded(w->at[i] - rounded(rounded(value[RATE].at[0]) * slope->at[i]));
    }
}

static void step(void) {
    int m = value[X].rows;
    activate(Z1, O1);
    activate(Z2, O2);
    shaped(ROWS, m, 1), shaped(SUM, 1, 1), shaped(LOSS, 1, 1), shaped(D_O2, m, 1), shaped(D_O1, m, 3);
    value[SUM].at[0] = 0.0;
    for (int i = 0; i < m; i++) {
        double error = rounded(value[O2].at[i] - value[Y].at[i]), total = 0.0;
        total = rounded(total + rounded(error * error));
        value[ROWS].at[i] = rounded(0.5 * total);
        value[SUM].at[0] = rounded(value[SUM].at[0] + value[ROWS].at[i]);
        value[D_O2].at[i] = rounded(error / m);
    }
    value[LOSS].at[0] = value[SUM].at[0] / m; /* binary64 in every format */
    back(O2, D_O2, O1, D_Z2, W2, G_W2, NEW_W2);
    for (int i = 0; i < m; i++)
        for (int k = 0; k < 3; k++) {
            double total = 0.0;
            for (int j = 0; j < 1; j++)
                total = rounded(total + rounded(*place(&value[D_Z2], i, j) * *place(&value[W2], j, k)));
            *place(&value[D_O1], i, k) = total;
        }
    back(O1, D_O1, X, D_Z1, W1, G_W1, NEW_W1);
}

/* Compare each value of a step, in the file's order. */
static void check_step(const char *at, int number) {
    static Matrix file;
    const char *end = strstr(at, "\n      }\n"), *line = field(at, "values");
    char name[60], where[100];
    while ((line = strchr(line, '\n')) && line < end) {
        int found = 0;
        if (sscanf(++line, "        \"%59[^\"]\": {", name) != 1 || line[8] != '"') continue;
        while (found < VALUES && strcmp(name, NAMES[found])) found++;
        snprintf(where, sizeof where, "steps[%d].values.%s", number, name);
        if (found == VALUES) fail(where, "is not computed here");
        read_matrix(line + 8 + strlen(name) + 4, where, &file);
        compare(where, &file, &value[found]);
    }
}

static void check_run(const char *folder) {
    static Matrix x, y;
    char *text = read_file(folder, "runs/sgd.json");
    const char *fit = field(text, "fit"), *data = field(text, "data"), *at = field(text, "steps");
    uint64_t seed = (uint64_t)strtoll(field(text, "seed"), NULL, 10);
    int epochs = atoi(field(fit, "epochs")), size = atoi(field(fit, "batch_size")), number = 0, order[100];
    read_matrix(field(data, "inputs"), "inputs", &x);
    read_matrix(field(data, "targets"), "targets", &y);
    for (int i = 0; i < x.rows * x.columns; i++) x.at[i] = rounded(x.at[i]); /* data are binary64 */
    for (int i = 0; i < y.rows * y.columns; i++) y.at[i] = rounded(y.at[i]);
    if (x.columns != 2 || y.columns != 1 || x.rows != y.rows || x.rows > 100 || size < 1) fail("data", "not 2 to 1");
    shaped(RATE, 1, 1)->at[0] = strtod(field(field(text, "optimizer"), "settings\": {\"rate"), NULL);
    initial(W1, stream_key(seed, ((uint64_t)1 << 32) + 0), 3, 2);
    initial(W2, stream_key(seed, ((uint64_t)1 << 32) + 2), 1, 3);
    for (int epoch = 0; epoch < epochs; epoch++) {
        permutation(stream_key(seed, ((uint64_t)2 << 32) + (uint64_t)epoch), x.rows, order);
        for (int first = 0; first < x.rows; first += size) {
            int m = x.rows - first < size ? x.rows - first : size;
            shaped(X, m, 2), shaped(Y, m, 1);
            for (int i = 0; i < m; i++) {
                memcpy(place(&value[X], i, 0), place(&x, order[first + i], 0), 2 * sizeof(double));
                value[Y].at[i] = y.at[order[first + i]];
            }
            step();
            at = field(at, "number");
            check_step(at, number++);
            for (int i = 0; i < 4; i++) value[W1 + i] = value[NEW_W1 + i];
        }
    }
    if (strstr(at, "\"number\": ")) fail("steps", "there are more than fit has");
    free(text);
}

int main(int count, char **arguments) {
    if (count != 2) {
        puts("check FOLDER");
        return 2;
    }
    check_calls(arguments[1], "functions/exp.json", "x", exponential);
    check_calls(arguments[1], "functions/sigmoid.json", "z", sigmoid);
    check_calls(arguments[1], "kernels/affine.json", "x", NULL);
    check_run(arguments[1]);
    printf("pass: %d numbers have the same bits\n", compared);
    return 0;
}
