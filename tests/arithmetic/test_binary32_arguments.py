"""Are the elementary functions in binary32 the numbers nearest to the true values? Where they are not is listed.

A sample of every_binary32.py: arguments all over the format, and the hard cases that it found among all.
"""

import math

import pytest

from refnet.kernels import choose

np = pytest.importorskip("numpy")
mpmath = pytest.importorskip("mpmath")
every = pytest.importorskip("every_binary32")

# argument: correct result, as bits, from mpmath. Of all arguments whose results are correct, these have true values
# nearest to a boundary, where two neighbours are equally near.
HARD = {
    "exp": {
        "c16912cd": "34fd331b", "bbf0edf1": "3f7e1fe9", "377eff81": "3f800080", "bae0e25c": "3f7f8fa7",
        "b3000000": "3f800000", "39c6be5b": "3f800c6d", "38e69cc1": "3f80039a", "383a3ef1": "3f800175",
    },
    "expm1": {
        "3dc252dd": "3dcbd76b", "3a254e7a": "3a255bd3", "34ca62c1": "34ca62c3", "b675cbfc": "b675cbdf",
        "33b504f3": "33b504f3", "bb7b3b6c": "bb7ac04e", "36322b1b": "36322b2a", "b3800000": "b3800000",
    },
    "log": {
        "4d604ebe": "419a352c", "1f116ab8": "c233b53e", "66a8c860": "42595e46", "38dcbe38": "c1128ba4",
        "4665a9a6": "41198725", "5ee8984e": "422e4a21", "3bf86ef0": "c09c399e", "79e7ec37": "42a1ffb7",
    },
    "log1p": {
        "55185f82": "41efd648", "66a8c860": "42595e46", "3770004b": "376fffdb", "b76fffb5": "b7700025",
        "4665a5a6": "41198725", "5ee8984e": "422e4a21", "79e7ec37": "42a1ffb7", "3ebe9143": "3ea20160",
    },
    "tanh": {
        "3ac37de2": "3ac37dd9", "bac37de2": "bac37dd9", "3eee0566": "3ede3cbe", "beee0566": "bede3cbe",
        "3cd41b91": "3cd40f70", "bcd41b91": "bcd40f70", "40acb4d0": "3f7ffd50", "c0acb4d0": "bf7ffd50",
    },
    "sigmoid": {
        "b3800000": "3f000000", "34000000": "3f000000", "b4a00000": "3efffffe", "35200000": "3f000002",
        "b5100000": "3efffffc", "b5500000": "3efffffa", "35900000": "3f000004", "b5880000": "3efffff8",
    },
    "softplus": {
        "40a3f888": "40a42924", "3ad68ba7": "3f31a7c1", "398b9622": "3f317ad1", "b36fa39f": "3f317218",
        "3a294d42": "3f318743", "be6064b3": "3f16ee19", "3aef7621": "3f31adfd", "bee22485": "3efe3490",
    },
}  # fmt: skip

# argument: result, correct result. All arguments whose result in binary32 is not the correct one, but its neighbour:
# the binary64 value is a boundary itself, and which side of it the true value is on was lost in rounding to binary64.
# So it is for the sigmoid at many a z near 0: it is 1/2 + z/4 - z^3/48.
NOT_CORRECT = {
    "log": {
        "3c413d3a": "c08e1590 c08e158f", "41178feb": "400fe5e8 400fe5e7", "4c5d65a5": "418f034a 418f034b",
        "65d890d3": "4254d1f8 4254d1f9", "6f31a8ec": "42845a88 42845a89",
    },
    "log1p": {
        "35400003": "353ffffe 353fffff", "3710001b": "370ffff2 370ffff3", "3efd81ad": "3ecdeee2 3ecdeee1",
        "41078feb": "400fe5e8 400fe5e7", "65d890d3": "4254d1f8 4254d1f9", "6f31a8ec": "42845a88 42845a89",
        "b53ffffd": "b5400002 b5400001", "b70fffe5": "b710000e b710000d", "bb0ec8c4": "bb0ef0a4 bb0ef0a5",
    },
    "sigmoid": {
        "34c00000": "3f000002 3f000001", "35600000": "3f000004 3f000003", "35b00000": "3f000006 3f000005",
        "35f00000": "3f000008 3f000007", "36180000": "3f00000a 3f000009", "36380000": "3f00000c 3f00000b",
        "36580000": "3f00000e 3f00000d", "36780000": "3f000010 3f00000f", "368c0000": "3f000012 3f000011",
        "369c0000": "3f000014 3f000013", "36ac0000": "3f000016 3f000015", "36bc0000": "3f000018 3f000017",
        "36cc0000": "3f00001a 3f000019", "36dc0000": "3f00001c 3f00001b", "36ec0000": "3f00001e 3f00001d",
        "36fc0000": "3f000020 3f00001f", "37060000": "3f000022 3f000021", "370e0000": "3f000024 3f000023",
        "37160000": "3f000026 3f000025", "371e0000": "3f000028 3f000027", "372e0000": "3f00002c 3f00002b",
        "37360000": "3f00002e 3f00002d", "373e0000": "3f000030 3f00002f", "37460000": "3f000032 3f000031",
        "374e0000": "3f000034 3f000033", "37560000": "3f000036 3f000035", "375e0000": "3f000038 3f000037",
        "37660000": "3f00003a 3f000039", "b4400000": "3efffffe 3effffff", "b4e00000": "3efffffc 3efffffd",
        "b5300000": "3efffffa 3efffffb", "b5700000": "3efffff8 3efffff9", "b5980000": "3efffff6 3efffff7",
        "b5b80000": "3efffff4 3efffff5", "b5d80000": "3efffff2 3efffff3", "b5f80000": "3efffff0 3efffff1",
        "b60c0000": "3effffee 3effffef", "b61c0000": "3effffec 3effffed", "b62c0000": "3effffea 3effffeb",
        "b63c0000": "3effffe8 3effffe9", "b64c0000": "3effffe6 3effffe7", "b65c0000": "3effffe4 3effffe5",
        "b66c0000": "3effffe2 3effffe3", "b67c0000": "3effffe0 3effffe1", "b6860000": "3effffde 3effffdf",
        "b68e0000": "3effffdc 3effffdd", "b6960000": "3effffda 3effffdb", "b69e0000": "3effffd8 3effffd9",
        "b6a60000": "3effffd6 3effffd7", "b6ae0000": "3effffd4 3effffd5", "b6b60000": "3effffd2 3effffd3",
        "b6be0000": "3effffd0 3effffd1", "b6c60000": "3effffce 3effffcf", "b6ce0000": "3effffcc 3effffcd",
        "b6d60000": "3effffca 3effffcb", "b6de0000": "3effffc8 3effffc9", "b6e60000": "3effffc6 3effffc7",
        "b6ee0000": "3effffc4 3effffc5", "b6f60000": "3effffc2 3effffc3", "b6fe0000": "3effffc0 3effffc1",
        "b7570000": "3effff94 3effff95", "b77b0000": "3effff82 3effff83", "b77f0000": "3effff80 3effff81",
        "b7818000": "3effff7e 3effff7f", "b7838000": "3effff7c 3effff7d", "ba928601": "3effdb5e 3effdb5f",
    },
    "softplus": {
        "39ea41d0": "3f3180bc 3f3180bd",
    },
}  # fmt: skip


def results(backend, name, arguments):
    """The results of a kernel in binary32, as bits."""
    k = choose(backend, "binary32")
    (values,) = k.tolist(getattr(k, name)(k.matrix([list(map(every.number, arguments))])))
    return list(map(every.hexadecimal, values))


@pytest.mark.parametrize("name", every.FUNCTIONS)
def test_arguments_all_over_the_format(backend, name):
    """Every 4,000,037th of the 2^32, and ±0, ±1 and ±∞."""
    arguments = [f"{bits:08x}" for bits in range(0, 1 << 32, 4_000_037)] + [f"{bits:08x}" for bits in every.SPECIAL]
    for argument, result in zip(arguments, results(backend, name, arguments)):
        correct = every.correctly_rounded(name, every.number(argument))
        if correct == correct or every.number(result) == every.number(result):
            assert result == every.hexadecimal(correct), argument


@pytest.mark.parametrize("name", every.FUNCTIONS)
def test_hard_cases(backend, name):
    assert results(backend, name, HARD[name]) == list(HARD[name].values())


@pytest.mark.parametrize("name", NOT_CORRECT)
def test_what_is_not_correct(backend, name):
    """The list stays as it is."""
    cases = NOT_CORRECT[name]
    assert results(backend, name, cases) == [both.split()[0] for both in cases.values()]


@pytest.mark.parametrize("name", every.FUNCTIONS)
def test_the_correct_results_are_mpmath_s(name):
    cases = {**HARD[name], **{argument: both.split()[1] for argument, both in NOT_CORRECT.get(name, {}).items()}}
    for argument, correct in cases.items():
        assert every.hexadecimal(every.correctly_rounded(name, every.number(argument))) == correct, argument


def test_nearest_is_numpy_s_conversion():
    """Of all magnitudes, of the middle between two neighbours and of the binary64 numbers beside it."""
    values = [math.ldexp(1.0 + i / 997.0, i - 200) for i in range(400)] + [0.0, 2.0**-149, 2.0**-126, 2.0**128]
    for n in (1, 3, 5, 2**24 + 1, 2**24 + 3, 2**25 - 1):
        for exponent in (-150, -1, 103):
            middle = math.ldexp(n, exponent)
            values += [middle, math.nextafter(middle, math.inf), math.nextafter(middle, 0.0)]
    with np.errstate(over="ignore"):
        for x in values + [-x for x in values if x]:
            assert every.nearest(mpmath.mpf(x)).hex() == float(np.float32(x)).hex(), x


def test_boundaries_are_found():
    """The middle between two neighbours, normal or subnormal, and where overflow begins; not what is far from these."""
    on = np.array([1.0 + 2.0**-24, 1.0 - 2.0**-25, 2.0**-150, 3.0 * 2.0**-150, 2.0**128 - 2.0**103])
    off = np.array([0.0, 1.0, 1.0 + 2.0**-23, 2.0**-149, 2.0**-151, 5e-324, 2.0**128 + 2.0**104, math.inf, math.nan])
    assert every.close_to_a_boundary(np.concatenate([on, -on, on * (1.0 + 2.0**-50)])).size == 15
    assert every.close_to_a_boundary(np.concatenate([off, -off, on * (1.0 - 2.0**-40)])).size == 0


@pytest.mark.parametrize("name", every.FUNCTIONS)
def test_the_command_judges_them(native, name):
    wrong = [[argument, *both.split()] for argument, both in NOT_CORRECT.get(name, {}).items()]
    hard = [int(argument, 16) for argument in [*HARD[name], *NOT_CORRECT.get(name, {})]]
    bits = np.array([*hard, *every.SPECIAL], np.uint32)
    found = every.look_at(native, name, bits)
    assert (found.held, found.other, found.wrong) == (len(bits), 0, wrong)
    assert found.farthest + every.NUMPYS_ERROR < every.REACH
