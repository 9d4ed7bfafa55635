import CUDAKernels
import Files
import TestSupport
import Testing

@testable import CUDA

/// NVRTC needs no GPU: every kernel is compiled for the oldest and the newest architecture that is supported.
@Suite(.enabled("NVRTC is installed; see `make deps-cuda`") { (try? Compiler.shared.get()) != nil })
struct CompilerTests {
    @Test(arguments: KernelSource.allCases, ["sm_80", "sm_90"]) func compilesEveryKernel(
        source: KernelSource, architecture: String
    ) throws {
        let binary = try Compiler.shared.get().binary(source, architecture: architecture)
        #expect(binary.starts(with: [0x7F] + Array("ELF".utf8)))
    }

    @Test func whatIsCachedIsUsedUnlessItIsDamaged() throws {
        let compiler = try Compiler.shared.get()
        try withTemporaryFolder { folder in
            let cache = folder.appending("kernels")
            let binary = try compiler.cachedBinary(.gates, architecture: "sm_80", in: cache)
            let name = try #require(try FileSystem.names(in: cache).first)
            #expect(try FileSystem.names(in: cache).count == 1 && name.hasSuffix(".cubin"))
            let file = cache.appending(name)
            let kept = try FileContents.read(file)
            #expect(Array(kept.dropFirst(32)) == binary)
            #expect(try compiler.cachedBinary(.gates, architecture: "sm_80", in: cache) == binary)
            // Cut short by a full disk, say.
            try FileContents.write(Array(kept.dropLast()), to: file)
            #expect(try compiler.cachedBinary(.gates, architecture: "sm_80", in: cache) == binary)
            #expect(try FileContents.read(file) == kept)
            _ = try compiler.cachedBinary(.gates, architecture: "sm_90", in: cache)
            #expect(try FileSystem.names(in: cache).count == 2)
        }
    }

    @Test func aFolderThatCannotBeWrittenDoesNoHarm() throws {
        let compiler = try Compiler.shared.get()
        let binary = try compiler.cachedBinary(.gates, architecture: "sm_80", in: "/proc/none")
        #expect(!binary.isEmpty)
    }

    @Test func anUnknownArchitectureIsNamed() throws {
        let compiler = try Compiler.shared.get()
        let error = #expect(throws: DeviceError.self) { try compiler.binary(.gates, architecture: "sm_1") }
        #expect(error?.message.contains("gates.cu for sm_1") == true)
    }
}
