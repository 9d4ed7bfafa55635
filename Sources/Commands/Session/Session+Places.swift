import ArtifactStore
import CUDA
import Confinement
import Dataflow
import Execution
import Files

extension Session {
    /// The folder in which each pipeline publishes, in a subfolder with its name.
    static let publicationFolder: FilePath = "artifacts/out"

    /// The places that matter to confined stages.
    func places(of store: ArtifactStore, _ pipeline: Pipeline) -> StagePlaces {
        var places = StagePlaces(
            environment: environment, hidden: store.ownPaths,
            products: [Self.publicationFolder.appending(pipeline.name)], programs: WorkerPrograms.folders)
        if pipeline.stages.contains(where: { $0.resources.gpus > 0 }) {
            places.gpu = GPUPlaces(
                libraries: LibraryPlaces.readable { environment[$0] },
                cache: KernelCache.folder { environment[$0] })
        }
        return places
    }

    /// A planner that sees what commands have read.
    func planner(_ store: ArtifactStore, of pipeline: Pipeline, isUnconfined: Bool = false) -> Planner {
        // As in a run: an empty variable is not an unset one.
        let environment = environment
        return Planner(
            store: store, environment: { environment[$0] },
            view: fileView(of: store, pipeline, isUnconfined: isUnconfined))
    }

    /// How the current states of paths that commands have read are found.
    func fileView(
        of store: ArtifactStore, _ pipeline: Pipeline, isUnconfined: Bool = false
    ) -> ResultFinder.FileView {
        let observes = !isUnconfined && ConfinementSupport.ofThisKernel().observesCalls
        return places(of: store, pipeline).fileView(of: store, observes: observes)
    }
}

/// Where this program and its libraries are, for workers: those that are not in the system's folders, too.
enum WorkerPrograms {
    static var folders: [FilePath] {
        var folders: [FilePath] = []
        func add(_ folder: FilePath) { if !folders.contains(folder) { folders.append(folder) } }
        if let program = try? FileSystem.canonical("/proc/self/exe") {
            add(program.parent)
            // In a Python environment, the program is in sluice/program, and Apache Arrow in the package pyarrow next to that.
            let packages = program.parent.parent.parent
            if FileSystem.exists(packages.appending("pyarrow")) { add(packages.appending("pyarrow")) }
            // A build folder is below the checkout, whose dependencies hold Apache Arrow.
            var folder = program.parent
            while folder.text != "/" {
                let dependencies = folder.appending(".dependencies")
                if FileSystem.exists(dependencies) { add(dependencies) }
                folder = folder.parent
            }
        }
        let maps = (try? FileContents.readText("/proc/self/maps", limit: 16 << 20)) ?? ""
        for line in maps.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let slash = line.firstIndex(of: UInt8(ascii: "/")), let path = String(line[slash...]) else {
                continue
            }
            add(FilePath(path).parent)
        }
        return folders
    }
}
