"""How does a weight change? From the formulas of ARITHMETIC.md and the papers, one operation a statement.

`a` is an arithmetic, w a weight, g its gradient, kept what is kept for this weight. The rate, the powers βᵗ and 1 − βᵗ
are binary64, and rounded where they meet numbers of the format.
"""

from refnet.arithmetic import elementary


class SGD:
    kept = 0  # numbers for each weight

    def __init__(self, rate):
        self.rate = rate

    def ahead(self, a, w, kept):
        """Where the gradient is taken."""
        return w

    def begin_step(self):
        pass

    def decayed(self, a, w, kept):
        return w

    def change(self, a, w, kept, g):
        change = a.multiply(a.of(self.rate), g)
        return a.subtract(w, change)


class Momentum(SGD):
    kept = 1

    def __init__(self, rate, mu):
        super().__init__(rate)
        self.mu = mu

    def advance(self, a, kept, g):
        old = a.multiply(a.of(self.mu), kept[0])
        new = a.multiply(a.of(self.rate), g)
        kept[0] = a.subtract(old, new)

    def change(self, a, w, kept, g):
        self.advance(a, kept, g)
        return a.add(w, kept[0])


class Nesterov(Momentum):
    kept = 2  # the velocity, and the weight before it was moved ahead

    def ahead(self, a, w, kept):
        kept[1] = w
        move = a.multiply(a.of(self.mu), kept[0])
        return a.add(w, move)

    def change(self, a, w, kept, g):
        self.advance(a, kept, g)
        return a.add(kept[1], kept[0])


def running_mean(a, beta, mean, new):
    """β·mean + (1 − β)·new; 1 − β in the format."""
    beta = a.of(beta)
    share = a.subtract(a.of(1.0), beta)
    old = a.multiply(beta, mean)
    new = a.multiply(share, new)
    return a.add(old, new)


def over_root(a, numerator, square, epsilon):
    """numerator / (√square + ε); 0 where the divisor is 0."""
    root = a.sqrt(square)
    root = a.add(root, a.of(epsilon))
    return a.of(0.0) if root == 0 else a.divide(numerator, root)


class RMSprop(SGD):
    kept = 1

    def __init__(self, rate, beta=0.9, epsilon=1e-8):
        super().__init__(rate)
        self.beta, self.epsilon = beta, epsilon

    def change(self, a, w, kept, g):
        square = a.multiply(g, g)
        kept[0] = running_mean(a, self.beta, kept[0], square)
        step = a.multiply(a.of(self.rate), g)
        change = over_root(a, step, kept[0], self.epsilon)
        return a.subtract(w, change)


class Adam(SGD):
    kept = 2

    def __init__(self, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.power1 = self.power2 = 1.0

    def begin_step(self):
        self.power1 = self.power1 * self.beta1
        self.power2 = self.power2 * self.beta2

    def mean(self, a, mean, g):
        return a.divide(mean, a.of(1.0 - self.power1))

    def change(self, a, w, kept, g):
        kept[0] = running_mean(a, self.beta1, kept[0], g)
        square = a.multiply(g, g)
        kept[1] = running_mean(a, self.beta2, kept[1], square)
        mean = self.mean(a, kept[0], g)
        square = a.divide(kept[1], a.of(1.0 - self.power2))
        step = a.multiply(a.of(self.rate), mean)
        change = over_root(a, step, square, self.epsilon)
        return a.subtract(w, change)


class AdamW(Adam):
    def __init__(self, rate, weight_decay):
        super().__init__(rate)
        self.weight_decay = weight_decay

    def decayed(self, a, w, kept):
        decay = a.multiply(a.of(self.rate), a.of(self.weight_decay))
        factor = a.subtract(a.of(1.0), decay)
        return a.multiply(w, factor)


class Nadam(Adam):
    def __init__(self, rate, momentum_decay):
        super().__init__(rate)
        self.factor = elementary.exp(momentum_decay * elementary.log(0.96))
        self.decay = self.product = 1.0

    def begin_step(self):
        super().begin_step()
        self.decay = self.decay * self.factor
        mu = self.beta1 * (1.0 - 0.5 * self.decay)
        following = self.beta1 * (1.0 - 0.5 * (self.decay * self.factor))
        self.product = self.product * mu
        self.g_share = (1.0 - mu) / (1.0 - self.product)
        self.m_share = following / (1.0 - self.product * following)

    def mean(self, a, mean, g):
        new = a.multiply(a.of(self.g_share), g)
        old = a.multiply(a.of(self.m_share), mean)
        return a.add(new, old)
