"""What is one neuron? A weighted sum and what becomes of it: trained by three rules, or a membrane that spikes.

    from refnet.neurons import IntegrateAndFire, LogisticUnit, Neuron, Perceptron, gate, truth_table

    Neuron([0.5, -0.25], bias=0.1, activation="tanh")([1.0, 2.0])         # tanh(0.1 + 0.5·1 − 0.25·2)
    truth_table(gate("XNOR"))                                              # lecture 004's network of three units
    Perceptron([0, 0]).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])   # AND, in a few epochs
    IntegrateAndFire().rate(2.0)                                           # spikes per second at 2 nA
"""

from refnet.neurons.gates import GATES, gate, truth_table
from refnet.neurons.learning import Learnt, LogisticUnit, Perceptron
from refnet.neurons.neuron import Neuron
from refnet.neurons.spiking import IntegrateAndFire, Response

__all__ = ["GATES", "IntegrateAndFire", "Learnt", "LogisticUnit", "Neuron", "Perceptron", "Response", "gate",
           "truth_table"]
