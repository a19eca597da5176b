"""What does a C core that was just built say of itself? A program for its folder, which prints it line by line."""

LOOK = """
from refnet.arithmetic import environment
from refnet.kernels import REFERENCE, choose
from refnet.verify import CANONICAL_HASH, compare_kernels, train_canonical
k = choose("c")
print(k.instruction_sets, k.compiler)
for name in k.instruction_sets:
    k.instruction_set = name
    print([o.difference for o in compare_kernels(30, backends=(REFERENCE, k)) if o.difference])
print(environment.fault() or "no fault", train_canonical("c").fingerprint == CANONICAL_HASH)
"""
