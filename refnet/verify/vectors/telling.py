"""Which arguments tell that a function was computed with other roundings? Of a thousand random ones perhaps none.

A fused multiply-add in exp changes one result of 2,000. FUSED are decimals of few digits, and some others, found by
going through hundreds of thousands with the functions' own statements, every a*b + c of them rounded once: in all
statements, or in one alone (tests/verify/vectors/fusing.py). Each of these ways has other bits for at least one of the
arguments, fused in all statements for at least five.

In binary32 a function is binary64's, rounded: there the one that gcc fuses gives the same numbers (tried: all arguments
below 768). What differs is a function computed in binary32, such as expf. NEAR_THE_MIDDLE are the decimals of four
digits whose results lie nearest to the middle between two numbers of binary32.
"""

FUSED: dict[str, tuple[float, ...]] = {
    "exp": (-0.3245, -0.302, 0.1634, 0.3546, 0.368, 1.0316, 3.1332, 3.7915, 4.5375, 5.7605, 5.9058, 7.956,
            13.516370020918933, 15.59581156259877),  # the last two lie half-way between two n
    "expm1": (-0.4016, -0.2362, -0.2171, -0.1485, -0.1357, 0.2065, 0.3612, 0.4227, 1.0279, 3.1332, 3.7915, 4.5375,
              5.7605, 13.516370020918933, 15.59581156259877),
    "log": (0.6465, 0.6698, 0.6728, 0.68851, 0.6925, 1.3465, 1.4474, 1.4877, 1.61495, 2.3095, 2.5366, 2.5463),
    "log1p": (-0.3075, -0.169, 0.1275, 0.3745, 0.3775, 0.4474, 0.4877, 0.6283, 1.5366, 1.5463, 1.82623),
    "tanh": (-0.2008, 0.04256, 0.06785, 0.1181, 0.13874, 0.1583, 0.20377, 0.51319, 0.83159, 1.1444),
    "sigmoid": (-15.59581156259877, -13.516370020918933, -7.956, -7.3961, -5.9058, -5.7605, -4.5375, -3.7915, -3.1332,
                -1.0316, -0.3944, -0.368, -0.3546, 0.4619),
    "softplus": (-7.1783, -6.6035, -6.5976, -1.7975, -1.6893, -0.997, -0.7828, -0.78, -0.7485, -0.701, -0.6966,
                 -0.5737, -0.4619, 0.7485, 0.7828, 1.6893),
    "sin": (-2.3781, -2.3631, -2.36, -2.3571, -0.9107, -0.8244, -0.7928, -0.7711, -0.5026, 0.5026, 0.7711, 0.7928,
            0.8244, 2.3571, 2.36),
    "cos": (-2.3793, -2.3726, -2.37, -2.2297, -2.2194, -1.0872, -0.7908, -0.7881, -0.7876, 0.7876, 0.7881, 1.0872,
            2.2194, 2.37, 2.3726),
}

NEAR_THE_MIDDLE: dict[str, tuple[float, ...]] = {
    "exp": (-5.128, -4.6571, -4.3136, -3.518, -1.9037, -1.517, 1.6282, 1.8744, 4.5227, 6.8394, 7.118, 7.8194),
    "expm1": (-3.1457, -2.8721, -2.5637, -2.099, -2.054, -0.9992, -0.2124, 1.0104, 1.2911, 1.6282, 1.8744, 4.5227),
    "log": (0.7177, 1.1542, 1.9757, 3.9444, 6.3524, 7.0156, 7.0673, 9.0001, 10.411, 11.6859, 12.7381, 13.7443),
    "log1p": (-0.2823, -0.1737, -0.0019, 0.4592, 0.9757, 2.9444, 3.9939, 5.3524, 6.0156, 6.0673, 8.0001, 9.411),
    "tanh": (0.6975, 1.2275, 1.3123, 2.1894, 2.2042, 2.3976, 3.2328, 3.3009, 3.3919, 3.5039, 3.8126, 3.9911),
    "sigmoid": (-7.098, -6.9774, -6.2013, -6.1737, -1.3859, -0.709, 2.0474, 2.1784, 5.0101, 5.0213, 5.387, 5.5378),
    "softplus": (-7.4738, -5.2673, -3.1193, -3.0796, -2.8808, -1.6488, -0.857, 0.1739, 1.8479, 2.2257, 4.4828, 6.3906),
}

TELLING = {"binary64": FUSED, "binary32": NEAR_THE_MIDDLE}
