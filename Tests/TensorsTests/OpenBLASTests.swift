import Testing

@testable import Tensors

struct OpenBLASTests {
    @Test func reportsAMissingLibrary() {
        #expect {
            try OpenBLAS(library: "libno-such-blas.so.0")
        } throws: {
            let message = "\($0)"
            return message.hasPrefix("cannot load OpenBLAS (libno-such-blas.so.0: ")
                && message.hasSuffix("). Run `make deps`, or install libopenblas0.")
        }
    }

    @Test func reportsAMissingFunction() {
        #expect {
            try OpenBLAS(library: "libc.so.6")
        } throws: {
            "\($0)"
                == "OpenBLAS lacks the function cblas_ddot. Run `make deps`, or install libopenblas0."
        }
    }
}
