// Apache Arrow's file system for S3 as a table of C functions. Every status and every exception becomes an error; none
// crosses the boundary.
#include "shim.h"

#include <arrow/api.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/api.h>
#include <arrow/util/io_util.h>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <string>

namespace {

using arrow::Status;
using arrow::fs::FileInfo;
using arrow::fs::FileType;
using arrow::fs::S3FileSystem;
using arrow::fs::S3Options;

struct Storage {
    std::shared_ptr<S3FileSystem> files;
};

char *copied(const std::string &text) {
    char *copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

bool contains(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

int failed(const std::string &text, sluice_storage_error *error) {
    bool is_denied = contains(text, "ACCESS_DENIED") || contains(text, "HTTP status 403") ||
                     contains(text, "HTTP status 401") || contains(text, "INVALID_ACCESS_KEY") ||
                     contains(text, "SIGNATURE_DOES_NOT_MATCH");
    error->code = is_denied ? SLUICE_STORAGE_DENIED : SLUICE_STORAGE_FAILED;
    error->text = copied(text);
    return 1;
}

// Calls that have not returned.
std::atomic<int> calls{0};

struct Call {
    Call() { ++calls; }
    ~Call() { --calls; }
};

template <typename Body>
int guarded(sluice_storage_error *error, Body body) {
    Call call;
    try {
        Status status = body();
        return status.ok() ? 0 : failed(status.message(), error);
    } catch (const std::exception &caught) {
        return failed(caught.what(), error);
    } catch (...) {
        return failed("unknown error", error);
    }
}

bool is_missing(const Status &status) {
    return arrow::internal::ErrnoFromStatus(status) == ENOENT || contains(status.message(), "HTTP status 404") ||
           contains(status.message(), "NO_SUCH_KEY");
}

// Arrow waits for all calls. Those that were given up, because a server never answers, are not waited for: they would keep the program
// for minutes, and nothing that they use may be taken away under them.
void finalize(int status, void *) {
    if (calls.load() == 0) {
        static_cast<void>(arrow::fs::EnsureS3Finalized());
        return;
    }
    std::fflush(nullptr);
    _exit(status);
}

Status initialize() {
    static std::once_flag once;
    // Never freed: this library has no code that runs at exit.
    static Status *status = new Status();
    std::call_once(once, [] {
        // Newer checksums, to which older servers respond with 411 or 400, are sent only if required.
        setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required", 0);
        setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required", 0);
        arrow::fs::S3GlobalOptions options = arrow::fs::S3GlobalOptions::Defaults();
        options.log_level = arrow::fs::S3LogLevel::Off;
        *status = arrow::fs::InitializeS3(options);
    });
    return *status;
}

int open_storage(const sluice_storage_place *place, void **storage, sluice_storage_error *error) {
    return guarded(error, [&]() -> Status {
        ARROW_RETURN_NOT_OK(initialize());
        S3Options options = place->anonymous ? S3Options::Anonymous() : S3Options::Defaults();
        options.endpoint_override = place->endpoint;
        options.scheme = place->scheme;
        if (place->region[0] != 0) options.region = place->region;
        options.connect_timeout = 10;
        options.request_timeout = 30;
        options.background_writes = false;
        options.allow_delayed_open = true;
        options.retry_strategy = arrow::fs::S3RetryStrategy::GetAwsStandardRetryStrategy(3);
        ARROW_ASSIGN_OR_RAISE(auto files, S3FileSystem::Make(options));
        // Registered after the first, so that it runs before Arrow's own exit handler.
        static std::once_flag once;
        std::call_once(once, [] { on_exit(finalize, nullptr); });
        *storage = new Storage{files};
        return Status::OK();
    });
}

void close_storage(void *storage) { delete static_cast<Storage *>(storage); }

int read_object(void *storage, const char *path, int64_t offset, int64_t count, int64_t limit, uint8_t **bytes,
                int64_t *size, sluice_storage_error *error) {
    *bytes = nullptr;
    *size = 0;
    return guarded(error, [&]() -> Status {
        FileInfo info(path, FileType::File);
        // If the size is known, it need not be requested.
        if (count >= 0) info.set_size(offset + count);
        auto opened = static_cast<Storage *>(storage)->files->OpenInputFile(info);
        if (!opened.ok()) return is_missing(opened.status()) ? Status::OK() : opened.status();
        std::shared_ptr<arrow::io::RandomAccessFile> file = *opened;
        if (count < 0) {
            ARROW_ASSIGN_OR_RAISE(count, file->GetSize());
            if (count > limit) return Status::Invalid("it has ", count, " bytes, more than ", limit);
        }
        // Zeroed: if an object is shorter than it should be, Arrow may write less than it reports.
        uint8_t *target = static_cast<uint8_t *>(std::calloc(count > 0 ? static_cast<size_t>(count) : 1, 1));
        if (target == nullptr) return Status::OutOfMemory("no memory for ", count, " bytes");
        auto got = count > 0 ? file->ReadAt(offset, count, target) : arrow::Result<int64_t>(0);
        if (!got.ok() || *got != count) {
            std::free(target);
            // Servers report a range beyond the end of an object in different ways.
            ARROW_ASSIGN_OR_RAISE(auto now, static_cast<Storage *>(storage)->files->GetFileInfo(path));
            if (now.type() != FileType::File) return Status::OK();
            if (now.size() < offset + count) return Status::Invalid("it is cut off after ", now.size(), " bytes");
            return got.ok() ? Status::IOError("it could not be read") : got.status();
        }
        *bytes = target;
        *size = count;
        return Status::OK();
    });
}

int write_object(void *storage, const char *path, const uint8_t *bytes, int64_t count, sluice_storage_error *error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto stream, static_cast<Storage *>(storage)->files->OpenOutputStream(path));
        Status status = stream->Write(bytes, count);
        if (!status.ok()) {
            static_cast<void>(stream->Abort());
            return status;
        }
        return stream->Close();
    });
}

int object_size(void *storage, const char *path, int64_t *size, sluice_storage_error *error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto info, static_cast<Storage *>(storage)->files->GetFileInfo(path));
        *size = info.type() == FileType::File ? info.size() : -1;
        return Status::OK();
    });
}

int list_objects(void *storage, const char *folder, sluice_storage_entry entry, void *context,
                 sluice_storage_error *error) {
    return guarded(error, [&]() -> Status {
        arrow::fs::FileSelector selector;
        selector.base_dir = folder;
        selector.recursive = true;
        selector.allow_not_found = true;
        ARROW_ASSIGN_OR_RAISE(auto infos, static_cast<Storage *>(storage)->files->GetFileInfo(selector));
        for (const FileInfo &info : infos) {
            if (info.type() != FileType::File) continue;
            auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(info.mtime().time_since_epoch());
            entry(context, info.path().c_str(), info.size(), time.count());
        }
        return Status::OK();
    });
}

int remove_object(void *storage, const char *path, sluice_storage_error *error) {
    return guarded(error, [&]() -> Status {
        Status status = static_cast<Storage *>(storage)->files->DeleteFile(path);
        return is_missing(status) ? Status::OK() : status;
    });
}

void free_memory(void *memory) { std::free(memory); }

} // namespace

extern "C" __attribute__((visibility("default"))) const sluice_storage_functions *sluice_object_storage(void) {
    static const sluice_storage_functions functions = {
        SLUICE_OBJECT_STORAGE_VERSION, open_storage, close_storage, read_object, write_object,
        object_size, list_objects, remove_object, free_memory,
    };
    return &functions;
}
