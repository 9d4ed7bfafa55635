#pragma once
// The interface between Columns (Swift) and the Arrow bridge (C++), which is loaded at run time.
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The Arrow C data interface: https://arrow.apache.org/docs/format/CDataInterface.html
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

// The Arrow C stream interface: https://arrow.apache.org/docs/format/CStreamInterface.html
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

enum { SLUICE_TABLE_PARQUET = 0, SLUICE_TABLE_CSV = 1, SLUICE_TABLE_STREAM = 2, SLUICE_TABLE_FILE = 3 };

// How a table is read.
struct sluice_read_options {
    int format;
    const char *const *columns; // NULL for all
    int64_t column_count;
    int64_t batch_rows;
    int64_t block_bytes;         // CSV: a row must fit
    int64_t skip_rows;           // CSV: data rows that have been read already
    bool collects_invalid_rows;  // CSV: otherwise a row with a different number of fields is an error
    bool infers_types;           // CSV: otherwise every column is text
};

// Receives a CSV row with more or fewer fields than the header; `row` counts data rows from 1.
typedef void (*sluice_invalid_row)(void *context, int64_t row, int64_t expected, int64_t found, const char *text,
                                   int64_t size);

enum { SLUICE_PACKED_GZIP = 0, SLUICE_PACKED_ZSTD = 1, SLUICE_PACKED_BZ2 = 2, SLUICE_PACKED_DEFLATE = 3,
       SLUICE_PACKED_STORED = 4 };

// A compressed part of a file.
struct sluice_packed_part {
    int method;
    int64_t offset;
    int64_t size;
    int64_t limit; // more unpacked bytes are an error
};

// SwiftPM does not compile Swift code again when this file alone changes: touch Columns/ArrowBridge.swift.
#define SLUICE_ARROW_BRIDGE_VERSION 3

// The functions of the bridge. Those that can fail return NULL, or a text that `free_text` frees.
struct sluice_arrow_functions {
    int version;
    char *(*open_reader)(const char *path, const struct sluice_read_options *options, sluice_invalid_row invalid_row,
                         void *context, struct ArrowArrayStream *stream);
    // `threads` is for Parquet; 0 stands for the threads that all writers share. Above 1, `write` may return before the
    // batch is written, and its memory is needed until the next call returns.
    char *(*open_writer)(const char *path, int format, struct ArrowSchema *schema, int threads, void **writer);
    char *(*write)(void *writer, struct ArrowArray *batch); // takes the batch
    char *(*close_writer)(void *writer);                    // frees the writer, also after a failure
    void (*free_text)(char *text);
    // Writes the unpacked bytes to `output`, and their number and CRC-32 to `count` and `checksum`.
    char *(*unpack)(const char *path, const struct sluice_packed_part *part, const char *output, int64_t *count,
                    uint32_t *checksum);
};

// The bridge's only symbol.
const struct sluice_arrow_functions *sluice_arrow_bridge(void);

#ifdef __cplusplus
}
#endif
