// What a server that speaks h2 and http/1.1 answers: select_protocol NAME..., with the protocols that a client offers.
#include <simplon/alpn/offer.hpp>
#include <simplon/alpn/policy.hpp>

#include <iostream>
#include <vector>

int main(int argc, char** argv) {
  // The server, once at its start: most preferred first.
  const simplon::ProtocolIdView speaks[] = {simplon::protocol::h2, simplon::protocol::http_1_1};
  auto preferences = simplon::Preferences::from(speaks);
  if (!preferences) return 3;
  const simplon::Policy policy(std::move(*preferences));

  // The client.
  std::vector<simplon::ProtocolIdView> names;
  for (int i = 1; i < argc; ++i) {
    const auto name = simplon::ProtocolIdView::from(argv[i]);
    if (!name) {
      std::cerr << describe(name.error()) << '\n';
      return 2;
    }
    names.push_back(*name);
  }
  const auto offered = simplon::make_offer(names);
  if (!offered && offered.error() != simplon::WireError::empty_list) {
    std::cerr << describe(offered.error()) << " (" << section_of(offered.error()) << ")\n";
    return 2;
  }
  const auto list = offered ? std::optional(offered->view()) : std::nullopt;

  const simplon::Outcome outcome = policy.select(simplon::Offer(list));
  switch (outcome.verdict()) {
    case simplon::Verdict::selected:
      std::cout << "answers with " << to_text(*outcome.selected());
      break;
    case simplon::Verdict::declined:
      std::cout << "goes on without ALPN";
      break;
    case simplon::Verdict::rejected:
      std::cout << "ends with alert " << static_cast<int>(*outcome.alert()) << ", " << name_of(*outcome.alert());
      break;
  }
  std::cout << " (" << outcome.section() << ")\n";
}
