import CUDA
import DeviceTensors
import Files
import Foundation

// What a GPU computes, and how fast, as JSON:
//
//     measure-gpu parity FOLDER cpu|cuda [STATES]
//     measure-gpu speed gemma-2b|gemma-9b|llama-8b train|predict TOKENS_PER_PASS STEPS [ACTIVATION_MIB]
//     measure-gpu products
//
// `parity` reads a checkpoint, an adapter and rows, and prints logits and the losses of training steps; with STATES, an existing
// folder, it takes its time, saves each step's state there, and continues from one that is there. `speed` makes a model
// of random weights, with projections in NF4. `products` times products alone, for the card's own rate.

let arguments = CommandLine.arguments.dropFirst().map { $0 }
func usage() -> Never {
    fatalError(
        "measure-gpu parity FOLDER cpu|cuda [STATES] | speed gemma-2b|gemma-9b|llama-8b train|predict TOKENS STEPS | products"
    )
}

func gpu(activationBytes: Int? = nil) throws -> (device: GPU, operations: DeviceOperations) {
    let device = try GPU()
    return (device, DeviceOperations(device, activationBytes: activationBytes))
}

switch arguments.first {
case "parity" where arguments.count == 3 || arguments.count == 4:
    let parity = Parity(
        folder: FilePath(arguments[1]), states: arguments.count == 4 ? FilePath(arguments[3]) : nil)
    try parity.run(on: arguments[2] == "cuda" ? gpu().operations : nil)
case "speed" where arguments.count == 5 || arguments.count == 6:
    guard let model = LargeModel(rawValue: arguments[1]), let tokens = Int(arguments[3]),
        let steps = Int(arguments[4])
    else { usage() }
    let limit = arguments.count == 6 ? Int(arguments[5]).map { $0 << 20 } : nil
    let (device, operations) = try gpu(activationBytes: limit)
    let speed = Speed(
        model: model, tokensPerPass: tokens, steps: steps, device: device, operations: operations)
    if arguments[2] == "train" { try speed.train() } else { try speed.predict() }
case "products": try ProductSpeed(device: GPU()).run()
default: usage()
}
