/* What does a unit do with its net input? z or o first, then the gradient d that arrives. */
#ifndef REFNET_ACTIVATIONS_H
#define REFNET_ACTIVATIONS_H

#include "elementwise.h"

ELEMENTWISE_1(sigmoid, refnet_sigmoid(a))
ELEMENTWISE_2(sigmoid_backward, b * (a * (1.0 - a)))
ELEMENTWISE_1(hyperbolic_tangent, refnet_tanh(a))
ELEMENTWISE_2(tanh_backward, b * (1.0 - a * a))
ELEMENTWISE_1(relu, a <= 0.0 ? 0.0 : a)
ELEMENTWISE_2(relu_backward, (a < 0.0) | ((a == 0.0) & (number != 1.0)) ? 0.0 : b)
ELEMENTWISE_1(leaky_relu, a < 0.0 ? number * a : a)
ELEMENTWISE_2(leaky_relu_backward, a < 0.0 ? number * b : b)

#endif
