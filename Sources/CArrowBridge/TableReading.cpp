#include "TableReading.h"

#include <arrow/c/bridge.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace sluice {
namespace {

using arrow::RecordBatch;
using arrow::RecordBatchReader;
using arrow::Result;
using arrow::Status;

// Batches of an underlying reader; it keeps their source alive, and lets no exception through.
class GuardedReader : public RecordBatchReader {
  public:
    GuardedReader(std::shared_ptr<RecordBatchReader> reader, std::shared_ptr<void> owner)
        : reader_(std::move(reader)), owner_(std::move(owner)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
    Status ReadNext(std::shared_ptr<RecordBatch> *batch) override {
        try {
            return reader_->ReadNext(batch);
        } catch (const std::exception &error) {
            return Status::IOError(error.what());
        }
    }

  private:
    std::shared_ptr<RecordBatchReader> reader_;
    std::shared_ptr<void> owner_;
};

// Batches of a CSV file. Arrow accepts a quoted field that the end of the file cuts off, and text after a closing quote; this
// rejects both.
class ClosedQuotesReader : public RecordBatchReader {
  public:
    ClosedQuotesReader(std::shared_ptr<RecordBatchReader> reader, std::string path)
        : reader_(std::move(reader)), path_(std::move(path)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
    Status ReadNext(std::shared_ptr<RecordBatch> *batch) override {
        ARROW_RETURN_NOT_OK(reader_->ReadNext(batch));
        return *batch == nullptr ? check() : Status::OK();
    }

  private:
    enum class Place { start, plain, quoted, after_quote };

    // The state after a byte of a CSV file, as in RFC 4180.
    static Place next(Place place, uint8_t byte) {
        if (place == Place::quoted) return byte == '"' ? Place::after_quote : Place::quoted;
        if (byte == ',' || byte == '\n' || byte == '\r') return Place::start;
        if (byte != '"' || place == Place::plain) return Place::plain;
        // A quote opens a field at its start; after another quote, it is a doubled one.
        return Place::quoted;
    }

    Status check() const {
        ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path_));
        Place place = Place::start;
        int64_t line = 1;
        bool is_first = true;
        while (true) {
            ARROW_ASSIGN_OR_RAISE(auto block, file->Read(1 << 20));
            if (block->size() == 0) break;
            const uint8_t *bytes = block->data();
            int64_t index = is_first && block->size() >= 3 && std::memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
            is_first = false;
            for (; index < block->size(); ++index) {
                const Place after = next(place, bytes[index]);
                if (place == Place::after_quote && after == Place::plain) {
                    return Status::Invalid("line ", line, ": text follows the closing quote of a field");
                }
                line += bytes[index] == '\n';
                place = after;
            }
        }
        if (place != Place::quoted) return Status::OK();
        return Status::Invalid("a quoted field is not closed: the file is cut off, or a quote in it is not doubled");
    }

    std::shared_ptr<RecordBatchReader> reader_;
    std::string path_;
};

// The batches of an Arrow IPC file, one after another.
class FileBatches : public RecordBatchReader {
  public:
    FileBatches(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file, std::shared_ptr<arrow::Schema> schema)
        : file_(std::move(file)), schema_(std::move(schema)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
    Status ReadNext(std::shared_ptr<RecordBatch> *batch) override {
        if (next_ >= file_->num_record_batches()) {
            *batch = nullptr;
            return Status::OK();
        }
        return file_->ReadRecordBatch(next_++).Value(batch);
    }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
    std::shared_ptr<arrow::Schema> schema_;
    int next_ = 0;
};

void add_leaves(const parquet::arrow::SchemaField &field, std::vector<int> *leaves) {
    if (field.is_leaf()) leaves->push_back(field.column_index);
    for (const auto &child : field.children) add_leaves(child, leaves);
}

std::vector<std::string> wanted_columns(const sluice_read_options &options) {
    std::vector<std::string> names;
    for (int64_t index = 0; index < options.column_count; ++index) names.emplace_back(options.columns[index]);
    return names;
}

// Whether a type contains a dictionary below the column itself.
bool has_inner_dictionary(const arrow::DataType &type) {
    for (const auto &field : type.fields()) {
        if (field->type()->id() == arrow::Type::DICTIONARY || has_inner_dictionary(*field->type())) return true;
    }
    return false;
}

bool has_inner_dictionary(const parquet::arrow::FileReader &reader) {
    const auto &fields = reader.manifest().schema_fields;
    return std::any_of(fields.begin(), fields.end(),
                       [](const auto &field) { return has_inner_dictionary(*field.field->type()); });
}

Result<std::shared_ptr<parquet::arrow::FileReader>> parquet_file(std::shared_ptr<arrow::io::RandomAccessFile> file,
                                                                 const parquet::ReaderProperties &properties,
                                                                 const parquet::ArrowReaderProperties &arrow_properties,
                                                                 bool ignores_arrow_schema) {
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(file, properties));
    const auto values = builder.raw_reader()->metadata()->key_value_metadata();
    if (ignores_arrow_schema && values != nullptr && values->Contains("ARROW:schema")) {
        // The metadata was read for this reader only.
        ARROW_RETURN_NOT_OK(std::const_pointer_cast<arrow::KeyValueMetadata>(values)->Delete("ARROW:schema"));
    }
    builder.properties(arrow_properties);
    std::unique_ptr<parquet::arrow::FileReader> reader;
    ARROW_RETURN_NOT_OK(builder.Build(&reader));
    return std::shared_ptr<parquet::arrow::FileReader>(std::move(reader));
}

Result<std::shared_ptr<RecordBatchReader>> parquet_reader(const std::string &path,
                                                          const sluice_read_options &options) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    parquet::ReaderProperties properties = parquet::default_reader_properties();
    properties.set_thrift_string_size_limit(100 * 1000 * 1000);
    properties.set_thrift_container_size_limit(1000 * 1000);
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(options.batch_rows);
    arrow_properties.set_use_threads(true);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_arrow_extensions_enabled(true);
    ARROW_ASSIGN_OR_RAISE(auto owner, parquet_file(file, properties, arrow_properties, false));
    if (has_inner_dictionary(*owner)) {
        // Arrow cannot read its own dictionaries inside lists in batches; without its schema, they are read as what they
        // are in Parquet: plain values.
        ARROW_ASSIGN_OR_RAISE(owner, parquet_file(file, properties, arrow_properties, true));
    }
    std::vector<int> groups(owner->num_row_groups());
    for (size_t index = 0; index < groups.size(); ++index) groups[index] = static_cast<int>(index);
    std::vector<int> leaves;
    const auto names = wanted_columns(options);
    for (const auto &field : owner->manifest().schema_fields) {
        bool is_wanted = options.columns == nullptr;
        for (const auto &name : names) is_wanted = is_wanted || field.field->name() == name;
        if (is_wanted) add_leaves(field, &leaves);
    }
    ARROW_ASSIGN_OR_RAISE(auto batches, owner->GetRecordBatchReader(groups, leaves));
    return std::make_shared<GuardedReader>(std::shared_ptr<RecordBatchReader>(std::move(batches)), owner);
}

Result<std::vector<std::string>> csv_header(const std::string &path, const arrow::csv::ParseOptions &parse,
                                            int64_t block_bytes) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    auto read = arrow::csv::ReadOptions::Defaults();
    read.use_threads = false;
    read.block_size = static_cast<int32_t>(block_bytes);
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.check_utf8 = false;
    ARROW_ASSIGN_OR_RAISE(
        auto reader, arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), file, read, parse, convert));
    return reader->schema()->field_names();
}

Result<std::shared_ptr<RecordBatchReader>> csv_reader(const std::string &path, const sluice_read_options &options,
                                                      sluice_invalid_row invalid_row, void *context) {
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.newlines_in_values = true;
    parse.ignore_empty_lines = true;
    auto header_parse = parse;
    header_parse.invalid_row_handler = [](const arrow::csv::InvalidRow &) {
        return arrow::csv::InvalidRowResult::Skip;
    };
    auto header = csv_header(path, header_parse, 1 << 20);
    if (!header.ok()) header = csv_header(path, header_parse, options.block_bytes);
    ARROW_RETURN_NOT_OK(header.status());
    const auto wanted = wanted_columns(options);
    for (const auto &name : *header) {
        bool is_wanted = options.columns == nullptr || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
        if (is_wanted && std::count(header->begin(), header->end(), name) > 1) {
            return Status::Invalid("two columns are named '", name, "'; rename or remove one of them");
        }
    }
    if (options.collects_invalid_rows) {
        const int64_t skipped = options.skip_rows;
        parse.invalid_row_handler = [=](const arrow::csv::InvalidRow &row) {
            // Arrow counts the header as row 1.
            const int64_t number = row.number < 0 ? -1 : row.number - 1 + skipped;
            invalid_row(context, number, row.expected_columns, row.actual_columns, row.text.data(),
                        static_cast<int64_t>(row.text.size()));
            return arrow::csv::InvalidRowResult::Skip;
        };
    }
    auto read = arrow::csv::ReadOptions::Defaults();
    read.use_threads = false;
    read.block_size = static_cast<int32_t>(options.block_bytes);
    read.skip_rows_after_names = static_cast<int32_t>(options.skip_rows);
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.check_utf8 = false;
    convert.include_columns = wanted_columns(options);
    if (!options.infers_types) {
        for (const auto &name : *header) convert.column_types[name] = arrow::utf8();
        convert.strings_can_be_null = false;
    }
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), file, read, parse, convert));
    auto closed = std::make_shared<ClosedQuotesReader>(std::static_pointer_cast<RecordBatchReader>(reader), path);
    return std::make_shared<GuardedReader>(closed, file);
}

Result<std::shared_ptr<RecordBatchReader>> ipc_reader(const std::string &path, bool is_file) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.max_recursion_depth = 32;
    std::shared_ptr<RecordBatchReader> reader;
    if (is_file) {
        ARROW_ASSIGN_OR_RAISE(auto opened, arrow::ipc::RecordBatchFileReader::Open(file, options));
        reader = std::make_shared<FileBatches>(opened, opened->schema());
    } else {
        ARROW_ASSIGN_OR_RAISE(auto opened, arrow::ipc::RecordBatchStreamReader::Open(file, options));
        reader = opened;
    }
    return std::make_shared<GuardedReader>(reader, file);
}

// Validates each batch, so that Swift can rely on its lengths and offsets even if the file is damaged.
class ValidatedReader : public RecordBatchReader {
  public:
    explicit ValidatedReader(std::shared_ptr<RecordBatchReader> reader) : reader_(std::move(reader)) {}
    std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
    Status ReadNext(std::shared_ptr<RecordBatch> *batch) override {
        ARROW_RETURN_NOT_OK(reader_->ReadNext(batch));
        return *batch == nullptr ? Status::OK() : (*batch)->ValidateFull();
    }

  private:
    std::shared_ptr<RecordBatchReader> reader_;
};

} // namespace

Status open_reader(const std::string &path, const sluice_read_options &options, sluice_invalid_row invalid_row,
                   void *context, ArrowArrayStream *stream) {
    std::shared_ptr<RecordBatchReader> reader;
    switch (options.format) {
    case SLUICE_TABLE_PARQUET: {
        ARROW_ASSIGN_OR_RAISE(reader, parquet_reader(path, options));
        break;
    }
    case SLUICE_TABLE_CSV: {
        ARROW_ASSIGN_OR_RAISE(reader, csv_reader(path, options, invalid_row, context));
        break;
    }
    case SLUICE_TABLE_STREAM:
    case SLUICE_TABLE_FILE: {
        ARROW_ASSIGN_OR_RAISE(reader, ipc_reader(path, options.format == SLUICE_TABLE_FILE));
        reader = std::make_shared<ValidatedReader>(reader);
        break;
    }
    default: return Status::Invalid("unknown table format");
    }
    return arrow::ExportRecordBatchReader(reader, stream);
}

} // namespace sluice
