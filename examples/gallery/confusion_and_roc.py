"""Whom does a network take for whom? Noisy circles by networks of 1, 2 and 8 hidden units: confusion matrix and ROC.

Look at: the curve of one unit lies low, as a straight line cannot enclose a disc; the more units, the nearer a curve
comes to the upper left corner. The matrix is that of 8 units: its rows are the true classes.
"""

import sys

import refnet as rn

train, test = rn.data.circle(300, noise=1.0, seed=1), rn.data.circle(400, noise=1.0, seed=2)
scores = {}
for units in (1, 2, 8):
    net = rn.Network([rn.Input(2), rn.Dense(units), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=1)
    net.fit(train.inputs, train.targets, optimizer=rn.Adam(0.03), epochs=80, batch_size=20)
    name = f"{units} unit{'s' * (units > 1)}"
    scores[name] = net.predict(test.inputs)
    print(f"{name:8} accuracy {rn.metrics.accuracy(test.targets, scores[name]):.1%}, "
          f"F1 {rn.metrics.f1(test.targets, scores[name]):.3f}, AUC {rn.metrics.auc(test.targets, scores[name]):.3f}")

if len(sys.argv) > 1:
    figure = rn.plots.new_figure(height=10.5)
    above, below = figure.subplots(2, 1)
    rn.plots.confusion_matrix(test.targets, scores["8 units"], train.classes, axes=above)
    rn.plots.roc(test.targets, scores, train.classes, axes=below)
    figure.savefig(sys.argv[1])
