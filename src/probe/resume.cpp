#include "probe/resume.hpp"

#include "probe/full_client.hpp"

#include <algorithm>
#include <array>

namespace simplon::probe {

ResumptionFacts resume_with(const Server& server, std::uint16_t version, ProtocolIdView first, ProtocolIdView second) {
  Greeting greeting{.offer = ProtocolList::from(std::array{first}).value(),
                    .server_name = server.name,
                    .version = version,
                    .session = {},
                    .trusted = {},
                    .timeout = server.timeout};
  ResumptionFacts facts;
  {
    FullClient begun(server.address, greeting);
    if (!begun.error().empty()) {
      facts.why_not = "no whole handshake: " + begun.error();
      return facts;
    }
    // Lines of no protocol: whoever understands lines ends the connection then.
    greeting.session = begun.session("\r\n\r\n");
  }
  if (!greeting.session) {
    facts.why_not = "it gives no session to resume";
    return facts;
  }
  greeting.offer = ProtocolList::from(std::array{second}).value();
  const FullClient again(server.address, greeting);
  facts.error = again.error();
  if (!facts.error.empty()) return facts;
  facts.resumed = again.resumed();
  facts.selected = again.selected();
  return facts;
}

}  // namespace simplon::probe
