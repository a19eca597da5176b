"""From where on is a figure a sign of sickness? Every limit of `diagnose`, with its reason.

L₀ is the loss of the best constant answer: the entropy of the classes, the variance of numbers. Losses are compared in
units of L₀, so that the limits suit any loss.
"""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """A number, and why it is this one."""

    value: float
    reason: str


LIMITS = {
    # what is looked at
    "rows": Limit(256, "a share of units or rows is known to about 6 % from so many"),
    "units": Limit(64, "pairs of units grow with the square; a part of a layer tells whether units do the same"),
    "checked rows": Limit(4, "each number of a gradient takes two passes over them"),
    "checked numbers": Limit(12, "of each parameter; a wrong formula is wrong nearly everywhere"),
    "trial steps": Limit(40, "enough for a good rate to lower the loss visibly, and soon over"),
    "trial batch": Limit(32, "the default of fit"),
    "handful": Limit(24, "rows that any network of some size learns by heart"),
    "handful steps": Limit(200, "of Adam(0.03): what can learn them by heart does so by then"),
    "C multiplications": Limit(6e9, "some seconds in C; a trial that takes more is left out"),
    "Python multiplications": Limit(6e7, "some seconds in Python"),
    # diverging
    "growth": Limit(1.0, "in L₀: whoever is worse than before by as much as a constant answer costs is not learning"),
    "blown up": Limit(1e6, "in L₀: no classification begins there, it got there"),
    # a wrong gradient
    "gradient": Limit(1e-3, "lecture 001, Gradient Checking: above 1e-3 is a mistake"),
    "kink": Limit(1e-3, "at a ReLU's corner the differences to either side are not the same: not compared"),
    # a constant answer
    "spread": Limit(0.05, "spread of the outputs over the rows beside that of the targets: they hardly depend on them"),
    "fresh spread": Limit(1e-3, "before the first training outputs may be weak; here even trying does not move them"),
    "near constant": Limit(0.05, "in L₀: the loss is that of the constant answer"),
    # units
    "share of units": Limit(0.25, "single sick units are normal; more than a quarter of a layer is not"),
    "saturated": Limit(0.99, "of a bounded activation's range: beyond, its derivative is below 4 % of its largest"),
    "saturated rows": Limit(0.75, "a unit that is at an end of its range for most rows only switches"),
    "saturated units": Limit(0.5, "trained units may well switch; if half of a layer does, it can hardly learn"),
    "correlation": Limit(0.98, "median |r| over pairs of units: they all say the same thing"),
    "alike units": Limit(4, "so many at least: a pair is easily alike"),
    "learnt": Limit(0.5, "in L₀: below, units may be alike or at an end: that is the answer they have found"),
    "ignoring": Limit(0.01, "spread over the rows beside the activation's range: the input makes no difference"),
    "vanishing": Limit(1e-3, "gradient of the first weights beside that of the last ones (root mean squares)"),
    # size
    "cannot learn": Limit(0.3, "in L₀: a handful of rows is far from known by heart"),
    "can learn": Limit(0.1, "in L₀: a larger network knows it by heart"),
    "wide rows": Limit(300, "rows on which sizes are compared, two thirds to learn, the rest unseen"),
    "wide steps": Limit(400, "of Adam(0.03) on all of them: spirals are learnt by then"),
    "high": Limit(0.2, "in L₀: what is trained and still above could be better"),
    "better": Limit(0.5, "a larger network has at most this share of the loss on rows that neither has seen: noise, "
                         "which it can only learn by heart, does not do that"),
    # nothing learnt
    "epochs": Limit(10, "training for less may just have begun"),
    "unlearnt": Limit(0.95, "in L₀: so many epochs, and still the loss of a constant answer"),
    # the rate
    "too small": Limit(0.02, "in L₀: the trial has hardly lowered the loss …"),
    "gain": Limit(0.2, "in L₀: … and another rate gains at least this much more in as many steps"),
    # overfitting
    "rise": Limit(0.5, "in L₀: the loss on rows that training does not see has risen by that from its least"),
    # data
    "large input": Limit(10.0, "root mean square: lecture 002, Practical Tips: mean 0, variance 1; 10 is far from it"),
    "small input": Limit(0.1, "the same: all inputs are a tenth of it or less"),
    "off centre": Limit(3.0, "|mean| in standard deviations: the inputs are nearly the same number"),
    "off-centre columns": Limit(0.5, "share of the columns: one such column may be what it is"),
    "large target": Limit(100.0, "root mean square: weights of about 1 do not get there, and its square is the loss"),
    "rare class": Limit(0.25, "of its even share: rows of it hardly count in the loss"),
}


def limit(name: str) -> float:
    return LIMITS[name].value


def count(name: str) -> int:
    return int(LIMITS[name].value)
