"""How do networks and weights come from other libraries, and go to them? Other people's formats, out and in.

    save_onnx(net, "net.onnx")                      net = load_onnx("net.onnx")
    save_safetensors(net, "net.safetensors")        net = load_safetensors("net.safetensors")
    load_weights(net, model.state_dict(), "torch")  load_weights(net, model.get_weights(), "keras")
    save_c(net, "net.c", training=True)             one C file with a prediction and a training step

What refnet has written it reads again to the same bits: of every weight, and so of every prediction. The state of the
training (the optimizer's, callbacks, epochs) stays in refnet's own files: net.save.
"""

from refnet.exchange.c import save_c
from refnet.exchange.onnx_files import load_onnx, save_onnx
from refnet.exchange.safetensors_files import load_safetensors, save_safetensors
from refnet.exchange.weights import load_weights

__all__ = ["load_onnx", "load_safetensors", "load_weights", "save_c", "save_onnx", "save_safetensors"]
