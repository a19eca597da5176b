"""What does a network cost, and what ails it? Counted, timed, and examined as lecture 002 does.

    print(rn.summary(net))                       # parameters, multiplications, memory, layer by layer
    print(rn.profile(net, x, y))                 # where the time of a training step goes
    print(rn.diagnose(net, x, y))                # what is wrong, with figures, and what to try
    rn.range_test(net, x, y)                     # the loss after a short trial at other rates

All of them work on copies: no bit of the network changes.
"""

from refnet.diagnosis.costs import Cost, Summary, summary
from refnet.diagnosis.examining import diagnose
from refnet.diagnosis.findings import Examination, Finding
from refnet.diagnosis.limits import LIMITS
from refnet.diagnosis.profiling import Profile, profile
from refnet.diagnosis.remedies import REMEDIES
from refnet.diagnosis.trials import Trial, range_test

__all__ = ["LIMITS", "REMEDIES", "Cost", "Examination", "Finding", "Profile", "Summary", "Trial", "diagnose",
           "profile", "range_test", "summary"]
