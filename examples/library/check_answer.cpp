// Whether a client may go on: check_answer NAME, with what the server selected for one that offers h2 and http/1.1.
#include <simplon/alpn/offer.hpp>

#include <iostream>

int main(int argc, char** argv) {
  const simplon::ProtocolIdView wants[] = {simplon::protocol::h2, simplon::protocol::http_1_1};
  const auto offer = simplon::make_offer(wants);
  if (!offer) return 3;

  // The body of the server's extension (RFC 7301 section 3.1), as a TLS library hands it over; none where it sent none.
  std::optional<simplon::Bytes> body;
  simplon::ByteWriter extension;
  if (argc == 2) {
    const auto name = simplon::ProtocolIdView::from(argv[1]);
    if (!name) return 2;
    const auto list = simplon::ProtocolList::from({&*name, 1});
    if (!list) return 2;
    list->write_to(extension);
    body = extension.bytes();
  }

  const auto answer = require(check_answer(offer->view(), body));
  if (!answer) {
    const auto alert = alert_of(answer.error());
    std::cout << describe(answer.error()) << ": alert " << static_cast<int>(*alert) << ", " << name_of(*alert) << " ("
              << section_of(answer.error()) << ")\n";
    return 1;
  }
  std::cout << "goes on with " << to_text(*answer) << '\n';
}
