// Apache Arrow as a table of C functions. Every status and every exception becomes a text; none crosses the boundary.
#include "shim.h"

#include <cstdlib>
#include <cstring>
#include <exception>

#include "TableReading.h"
#include "TableWriting.h"
#include "Unpacking.h"

namespace {

char *copied(const std::string &text) {
    char *copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

template <typename Body>
char *guarded(Body body) {
    try {
        arrow::Status status = body();
        return status.ok() ? nullptr : copied(status.message());
    } catch (const std::exception &error) {
        return copied(error.what());
    } catch (...) {
        return copied("unknown error");
    }
}

char *open_reader(const char *path, const sluice_read_options *options, sluice_invalid_row invalid_row, void *context,
                  ArrowArrayStream *stream) {
    return guarded([&] { return sluice::open_reader(path, *options, invalid_row, context, stream); });
}

char *open_writer(const char *path, int format, ArrowSchema *schema, int threads, void **writer) {
    return guarded([&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(std::unique_ptr<sluice::TableWriter> made,
                              sluice::TableWriter::open(path, format, schema, threads));
        *writer = made.release();
        return arrow::Status::OK();
    });
}

char *write_batch(void *writer, ArrowArray *batch) {
    return guarded([&] { return static_cast<sluice::TableWriter *>(writer)->write(batch); });
}

char *close_writer(void *writer) {
    std::unique_ptr<sluice::TableWriter> owned(static_cast<sluice::TableWriter *>(writer));
    return guarded([&] { return owned->close(); });
}

void free_text(char *text) { std::free(text); }

char *unpack(const char *path, const sluice_packed_part *part, const char *output, int64_t *count, uint32_t *checksum) {
    return guarded([&] { return sluice::unpack(path, *part, output, count, checksum); });
}

} // namespace

extern "C" __attribute__((visibility("default"))) const sluice_arrow_functions *sluice_arrow_bridge(void) {
    static const sluice_arrow_functions bridge = {
        SLUICE_ARROW_BRIDGE_VERSION, open_reader, open_writer, write_batch, close_writer, free_text,
        unpack,
    };
    return &bridge;
}
