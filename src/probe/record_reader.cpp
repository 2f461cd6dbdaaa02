#include "probe/record_reader.hpp"

#include <algorithm>

namespace simplon::probe {

namespace {

void append(std::vector<std::byte>& kept, std::size_t& done, Bytes bytes) {
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(done));
  done = 0;
  kept.insert(kept.end(), bytes.begin(), bytes.end());
}

}  // namespace

void RecordReader::add(Bytes bytes) { append(input_, done_, bytes); }

bool RecordReader::broken() const noexcept {
  const Bytes bytes = rest();
  if (bytes.empty()) return false;
  const auto type = std::to_integer<std::uint8_t>(bytes[0]);
  return type < content_type::change_cipher_spec || type > content_type::application_data;
}

std::optional<Record> RecordReader::next() {
  if (broken()) return std::nullopt;
  ByteReader reader(rest());
  const auto type = reader.read_u8();
  const auto version = reader.read_u16();
  const auto body = version ? reader.read_vector_u16() : std::nullopt;
  if (!body) return std::nullopt;
  Record record{.type = *type, .header = {}, .body = {body->begin(), body->end()}};
  std::ranges::copy(rest().first(record.header.size()), record.header.begin());
  done_ += record.header.size() + record.body.size();
  return record;
}

void MessageReader::add(Bytes content) { append(content_, done_, content); }

std::optional<std::vector<std::byte>> MessageReader::next() {
  constexpr std::size_t header_size = 4;
  const Bytes rest = Bytes(content_).subspan(done_);
  ByteReader reader(rest);
  const auto type = reader.read_u8();
  const auto size = type ? reader.read_u24() : std::nullopt;
  if (!size || rest.size() < header_size + *size) return std::nullopt;
  const Bytes message = rest.first(header_size + *size);
  done_ += message.size();
  return std::vector<std::byte>(message.begin(), message.end());
}

}  // namespace simplon::probe
