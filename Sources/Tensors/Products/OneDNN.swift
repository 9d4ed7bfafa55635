internal import Glibc

/// The functions of oneDNN 2 that products of bfloat16 need; `dnnl.h` and `dnnl_types.h` declare them with these types.
struct OneDNN: @unchecked Sendable {
    // The engine is only read after it has been created.
    private let engine: OpaquePointer
    private let functions: Functions

    static let bfloat16: CInt = 2
    static let float32: CInt = 3
    static let source: CInt = 1
    static let weights: CInt = 33
    static let destination: CInt = 17
    private static let scratchArgument: CInt = 80
    private static let scratchLayout: CInt = 136
    /// The bit of the instruction sets that have products of bfloat16.
    private static let bfloat16Instructions: CInt = 0x80

    /// A matrix's layout in memory: a `dnnl_memory_desc_t`, which has 696 bytes. It is never released.
    struct Layout: @unchecked Sendable {
        // Nothing writes to it once it has been created.
        let description: UnsafeMutableRawPointer
        static let bytes = 1_024
    }

    private struct Functions {
        typealias Create = UnsafeMutablePointer<OpaquePointer?>
        let createEngine: @convention(c) (Create, CInt, Int) -> CInt
        let createStream: @convention(c) (Create, OpaquePointer, CUnsignedInt) -> CInt
        let destroyStream: @convention(c) (OpaquePointer) -> CInt
        let wait: @convention(c) (OpaquePointer) -> CInt
        let describe:
            @convention(c) (UnsafeMutableRawPointer, CInt, UnsafePointer<Int>, CInt, UnsafePointer<Int>) ->
                CInt
        let describeProduct:
            @convention(c) (
                UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer?,
                UnsafeRawPointer
            ) -> CInt
        let createAttributes: @convention(c) (Create) -> CInt
        let setScratchMode: @convention(c) (OpaquePointer, CInt) -> CInt
        let plan:
            @convention(c) (Create, UnsafeRawPointer, OpaquePointer, OpaquePointer, OpaquePointer?) -> CInt
        let query: @convention(c) (OpaquePointer, CInt, CInt) -> UnsafeRawPointer?
        let size: @convention(c) (UnsafeRawPointer) -> Int
        let create: @convention(c) (Create, OpaquePointer) -> CInt
        let createMemory:
            @convention(c) (Create, UnsafeRawPointer, OpaquePointer, UnsafeMutableRawPointer?) -> CInt
        let destroyMemory: @convention(c) (OpaquePointer) -> CInt
        let execute: @convention(c) (OpaquePointer, OpaquePointer, CInt, UnsafeRawPointer) -> CInt
        let instructions: @convention(c) () -> CInt
        let setThreads: @convention(c) (CInt) -> Void
    }

    /// A `dnnl_exec_arg_t`.
    private struct Argument {
        let index: CInt
        let memory: OpaquePointer?
    }

    /// Loads the library, and never unloads it.
    ///
    /// - Throws: if it is not installed, or the processor has no instructions for bfloat16.
    static func loaded() throws(TensorsError) -> OneDNN {
        guard let library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL) else {
            throw TensorsError(
                "bfloat16 products need oneDNN 2, which is not installed. Install libdnnl2, or use float32."
            )
        }
        func function<Function>(_ name: String, as: Function.Type = Function.self) throws(TensorsError)
            -> Function
        {
            guard let symbol = dlsym(library, name) else {
                throw TensorsError(
                    "oneDNN lacks the function \(name). Reinstall libdnnl2, or use float32.")
            }
            // The types are those of the declarations.
            return unsafeBitCast(symbol, to: Function.self)
        }
        let functions = Functions(
            createEngine: try function("dnnl_engine_create"),
            createStream: try function("dnnl_stream_create"),
            destroyStream: try function("dnnl_stream_destroy"), wait: try function("dnnl_stream_wait"),
            describe: try function("dnnl_memory_desc_init_by_strides"),
            describeProduct: try function("dnnl_matmul_desc_init"),
            createAttributes: try function("dnnl_primitive_attr_create"),
            setScratchMode: try function("dnnl_primitive_attr_set_scratchpad_mode"),
            plan: try function("dnnl_primitive_desc_create"),
            query: try function("dnnl_primitive_desc_query_md"),
            size: try function("dnnl_memory_desc_get_size"), create: try function("dnnl_primitive_create"),
            createMemory: try function("dnnl_memory_create"),
            destroyMemory: try function("dnnl_memory_destroy"),
            execute: try function("dnnl_primitive_execute"),
            instructions: try function("dnnl_get_effective_cpu_isa"),
            setThreads: try function("omp_set_num_threads"))
        guard functions.instructions() & bfloat16Instructions != 0 else {
            throw TensorsError("this processor has no instructions for bfloat16 products. Use float32.")
        }
        return OneDNN(
            engine: Self.created { functions.createEngine($0, 1, 0) }, functions: functions)
    }

    /// The layout of a matrix.
    func layout(_ sizes: [Int], _ type: CInt, strides: [Int]) -> Layout {
        let layout = Layout(
            description: .allocate(byteCount: Layout.bytes, alignment: 16))
        // The function reads as many sizes and strides as there are dimensions.
        let status = functions.describe(layout.description, CInt(sizes.count), sizes, type, strides)
        precondition(status == 0, "oneDNN has a layout for any strides")
        return layout
    }

    /// The code for a product, and the layout of the scratch memory that it needs.
    func product(_ left: Layout, _ right: Layout, _ result: Layout) -> (OpaquePointer, scratch: Layout) {
        // A `dnnl_matmul_desc_t` has 2,800 bytes.
        let product = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 16)
        defer { product.deallocate() }
        let status = functions.describeProduct(
            product, left.description, right.description, nil, result.description)
        precondition(status == 0, "oneDNN multiplies matrices whose sizes agree")
        let attributes = Self.created { functions.createAttributes($0) }
        // The caller provides the memory, so that several threads can run the same code.
        precondition(
            functions.setScratchMode(attributes, 1) == 0, "oneDNN accepts scratch memory from the caller")
        let plan = Self.created { functions.plan($0, product, attributes, engine, nil) }
        guard let scratch = functions.query(plan, Self.scratchLayout, 0) else {
            preconditionFailure("oneDNN reports the scratch memory that it needs")
        }
        // The plan owns what the pointer points to, and is never released either.
        let layout = Layout(description: UnsafeMutableRawPointer(mutating: scratch))
        return (Self.created { functions.create($0, plan) }, layout)
    }

    /// Runs code on the calling thread, with the memory of its arguments.
    func execute(
        _ code: OpaquePointer, _ arguments: [(index: CInt, layout: Layout, memory: UnsafeMutableRawPointer)],
        scratch: Layout
    ) {
        // A per-thread setting.
        functions.setThreads(1)
        let bytes = functions.size(scratch.description)
        let own = Matrix(rows: 1, columns: bytes / MemoryLayout<Float>.stride + 1)
        let all = arguments + [(Self.scratchArgument, scratch, UnsafeMutableRawPointer(own.base))]
        let memories = all.map { argument in
            Argument(
                index: argument.index,
                memory: Self.created {
                    functions.createMemory($0, argument.layout.description, engine, argument.memory)
                })
        }
        let stream = Self.created { functions.createStream($0, engine, 1) }
        withExtendedLifetime(own) {
            var status = functions.execute(code, stream, CInt(memories.count), memories)
            if status == 0 { status = functions.wait(stream) }
            precondition(status == 0, "oneDNN runs the code that it generated")
        }
        for argument in memories {
            if let memory = argument.memory { _ = functions.destroyMemory(memory) }
        }
        _ = functions.destroyStream(stream)
    }

    /// What a function of the library creates; it fails only if memory runs out.
    private static func created(_ create: (UnsafeMutablePointer<OpaquePointer?>) -> CInt) -> OpaquePointer {
        var object: OpaquePointer?
        let status = create(&object)
        guard status == 0, let object else { preconditionFailure("oneDNN ran out of memory") }
        return object
    }
}
