// Protocol lists: what parses encodes to the same bytes, and its text form reads back.
#include "fuzz.hpp"
#include "simplon/alpn/offer.hpp"

#include <algorithm>

using namespace simplon;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = fuzz::bytes_of(data, size);
  (void)check_answer(std::nullopt, input);
  (void)parse_text(as_text(input));
  const auto list = ProtocolListView::parse(input);
  if (!list) return 0;

  std::vector<ProtocolIdView> ids;
  for (const ProtocolIdView id : *list) {
    expect(id.size() >= 1 && id.size() <= ProtocolIdView::max_size);
    expect(list->contains(id));
    expect(parse_text(to_text(id)).value().view() == id);
    ids.push_back(id);
    if (ids.size() > 1000) return 0;  // `contains` for every name is quadratic
  }
  const auto built = ProtocolList::from(ids);
  expect(built.has_value() && *built == ProtocolList(*list));
  ByteWriter writer;
  built->write_to(writer);
  expect(std::ranges::equal(writer.bytes(), input));

  const auto answer = check_answer(*list, input);
  expect(answer.has_value() == (ids.size() == 1));
  if (const auto offer = make_offer(ids)) expect(*offer == *built);
  return 0;
}
