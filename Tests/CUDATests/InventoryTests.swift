import Files
import TestSupport
import Testing

@testable import CUDA

@Suite struct InventoryTests {
    @Test func saysWhatIsMissingAndWhatToDo() {
        let inventory = DeviceInventory()
        #expect(inventory.libraries.map(\.name) == ["driver", "NVRTC", "cuBLASLt"])
        for library in inventory.libraries {
            switch library.found {
            case .success(let (version, path)): #expect(!version.isEmpty && !path.isEmpty)
            case .failure(let error):
                #expect(error.message.contains("cannot load") || error.message.contains("lacks"))
                #expect(error.message.contains("install") || error.message.contains("remove `gpus`"))
            }
        }
        // A machine without a GPU and its libraries has none that can be used, and opening one says why.
        if !inventory.isUsable {
            let error = #expect(throws: DeviceError.self) { _ = try GPU() }
            #expect(error?.message.isEmpty == false)
        }
    }

    @Test func librariesAreFoundInEnvironmentsOfPython() throws {
        try withTemporaryFolder { folder in
            let packages = folder.appending("lib/python3.12/site-packages")
            let compiler = packages.appending("nvidia/cuda_nvrtc/lib")
            let torch = packages.appending("torch/lib")
            for place in [compiler, torch] { try FileSystem.makeDirectories(place) }
            func places(_ variables: [String: String]) -> LibraryPlaces { LibraryPlaces { variables[$0] } }
            for variable in ["VIRTUAL_ENV": folder.text, "PATH": "/nowhere:\(folder.appending("bin").text)"] {
                let found = places([variable.key: variable.value]).folders
                #expect(found.contains(compiler) && found.contains(torch))
                #expect(found.allSatisfy { FileSystem.exists($0) })
            }
            #expect(!places([:]).folders.contains(torch))
            // A confined worker receives their folders.
            let told = places(["VIRTUAL_ENV": folder.text, LibraryPlaces.variable: "/a:/b"])
            #expect(told.folders == ["/a", "/b"])
            #expect(places([LibraryPlaces.variable: ""]).folders.isEmpty)
            #expect(LibraryPlaces.readable { ["LD_LIBRARY_PATH": "/a:/b"][$0] }.contains("/b"))
        }
    }

    @Test func whatIsFetchedForABuildIsFound() throws {
        try withTemporaryFolder { folder in
            let program = folder.appending(".build/machine/release/sluice")
            let fetched = folder.appending(".dependencies/cuda/nvidia/cu13/lib")
            try write("", to: program)
            try FileSystem.makeDirectories(fetched)
            #expect(LibraryPlaces(program: program) { _ in nil }.folders.contains(fetched))
        }
    }

    @Test func kernelsAreKeptInTheUsersCache() {
        func folder(_ variables: [String: String]) -> FilePath? { KernelCache.folder { variables[$0] } }
        #expect(folder(["HOME": "/h"]) == "/h/.cache/sluice/kernels")
        #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "/c"]) == "/c/sluice/kernels")
        #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "relative"]) == "/h/.cache/sluice/kernels")
        #expect(folder([:]) == nil)
    }
}
