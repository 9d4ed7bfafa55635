#include "Unpacking.h"

#include <arrow/io/api.h>
#include <arrow/io/compressed.h>
#include <arrow/util/compression.h>
#include <arrow/util/crc32.h>

#include <string>

namespace sluice {
namespace {

using arrow::Compression;
using arrow::Result;
using arrow::Status;
using arrow::util::Codec;
using arrow::util::GZipCodecOptions;
using arrow::util::GZipFormat;

Result<std::unique_ptr<Codec>> codec(int method) {
    switch (method) {
    case SLUICE_PACKED_GZIP: return Codec::Create(Compression::GZIP);
    case SLUICE_PACKED_ZSTD: return Codec::Create(Compression::ZSTD);
    case SLUICE_PACKED_BZ2: return Codec::Create(Compression::BZ2);
    case SLUICE_PACKED_DEFLATE: {
        GZipCodecOptions options;
        options.gzip_format = GZipFormat::DEFLATE;
        return Codec::Create(Compression::GZIP, options);
    }
    default: return Status::Invalid("unknown compression");
    }
}

} // namespace

Status unpack(const std::string &path, const sluice_packed_part &part, const std::string &output, int64_t *count,
              uint32_t *checksum) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::io::InputStream> stream,
                          arrow::io::RandomAccessFile::GetStream(file, part.offset, part.size));
    std::unique_ptr<Codec> owner;
    if (part.method != SLUICE_PACKED_STORED) {
        ARROW_ASSIGN_OR_RAISE(owner, codec(part.method));
        ARROW_ASSIGN_OR_RAISE(stream, arrow::io::CompressedInputStream::Make(owner.get(), stream));
    }
    ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::FileOutputStream::Open(output));
    *count = 0;
    *checksum = 0;
    while (true) {
        ARROW_ASSIGN_OR_RAISE(auto block, stream->Read(1 << 20));
        if (block->size() == 0) break;
        *count += block->size();
        if (*count > part.limit) {
            return Status::Invalid("it unpacks to more than ", part.limit, " bytes; unpack it yourself if that is right");
        }
        *checksum = arrow::internal::crc32(*checksum, block->data(), static_cast<size_t>(block->size()));
        ARROW_RETURN_NOT_OK(sink->Write(block));
    }
    return sink->Close();
}

} // namespace sluice
