#include "TableWriting.h"

#include <arrow/c/bridge.h>
#include <arrow/csv/api.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

namespace sluice {
namespace {

using arrow::Result;
using arrow::Status;

// zstd, no dates, and each column encoded by itself: equal tables give equal bytes on any number of threads.
class ParquetWriter : public TableWriter {
  public:
    static Result<std::unique_ptr<TableWriter>> make(std::shared_ptr<arrow::io::OutputStream> sink,
                                                     std::shared_ptr<arrow::Schema> schema) {
        auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::ZSTD)
                              ->compression_level(1)
                              ->version(parquet::ParquetVersion::PARQUET_2_6)
                              ->max_row_group_length(kRowGroup)
                              ->created_by("sluice")
                              ->build();
        auto writer = std::unique_ptr<ParquetWriter>(new ParquetWriter(sink, schema));
        auto arrow_properties = parquet::ArrowWriterProperties::Builder().set_use_threads(true)->build();
        ARROW_ASSIGN_OR_RAISE(writer->writer_,
                              parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), sink,
                                                               properties, arrow_properties));
        return writer;
    }

  protected:
    using TableWriter::TableWriter;
    Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) override {
        return writer_->WriteRecordBatch(*batch);
    }
    Status finish() override { return writer_->Close(); }

  private:
    static constexpr int64_t kRowGroup = 1 << 16;
    std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

class IPCWriter : public TableWriter {
  public:
    static Result<std::unique_ptr<TableWriter>> make(std::shared_ptr<arrow::io::OutputStream> sink,
                                                     std::shared_ptr<arrow::Schema> schema, bool is_file) {
        auto writer = std::unique_ptr<IPCWriter>(new IPCWriter(sink, schema));
        if (is_file) {
            ARROW_ASSIGN_OR_RAISE(writer->writer_, arrow::ipc::MakeFileWriter(sink, schema));
        } else {
            ARROW_ASSIGN_OR_RAISE(writer->writer_, arrow::ipc::MakeStreamWriter(sink, schema));
        }
        return writer;
    }

  protected:
    using TableWriter::TableWriter;
    Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) override {
        return writer_->WriteRecordBatch(*batch);
    }
    Status finish() override { return writer_->Close(); }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

class CSVWriter : public TableWriter {
  public:
    static Result<std::unique_ptr<TableWriter>> make(std::shared_ptr<arrow::io::OutputStream> sink,
                                                     std::shared_ptr<arrow::Schema> schema) {
        auto writer = std::unique_ptr<CSVWriter>(new CSVWriter(sink, schema));
        auto options = arrow::csv::WriteOptions::Defaults();
        options.quoting_style = arrow::csv::QuotingStyle::Needed;
        options.quoting_header = arrow::csv::QuotingStyle::Needed;
        ARROW_ASSIGN_OR_RAISE(writer->writer_, arrow::csv::MakeCSVWriter(sink, schema, options));
        return writer;
    }

  protected:
    using TableWriter::TableWriter;
    Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) override {
        return writer_->WriteRecordBatch(*batch);
    }
    Status finish() override { return writer_->Close(); }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

} // namespace

Result<std::unique_ptr<TableWriter>> TableWriter::open(const std::string &path, int format, ArrowSchema *schema) {
    ARROW_ASSIGN_OR_RAISE(auto imported, arrow::ImportSchema(schema));
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
    ARROW_ASSIGN_OR_RAISE(auto sink,
                          arrow::io::BufferedOutputStream::Create(1 << 20, arrow::default_memory_pool(), file));
    switch (format) {
    case SLUICE_TABLE_PARQUET: return ParquetWriter::make(sink, imported);
    case SLUICE_TABLE_CSV: return CSVWriter::make(sink, imported);
    case SLUICE_TABLE_STREAM: return IPCWriter::make(sink, imported, false);
    case SLUICE_TABLE_FILE: return IPCWriter::make(sink, imported, true);
    default: return Status::Invalid("unknown table format");
    }
}

Status TableWriter::write(ArrowArray *batch) {
    ARROW_ASSIGN_OR_RAISE(auto imported, arrow::ImportRecordBatch(batch, schema_));
    return write_batch(imported);
}

Status TableWriter::close() {
    Status status = finish();
    Status closed = sink_->Close();
    return status.ok() ? closed : status;
}

} // namespace sluice
