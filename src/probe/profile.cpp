#include "probe/profile.hpp"

#include "simplon/alpn/registry.hpp"

#include <algorithm>

namespace simplon::probe {

namespace {

std::vector<std::byte> body_of(const std::vector<ProtocolId>& ids) {
  std::vector<std::string_view> names;
  names.reserve(ids.size());
  for (const ProtocolId& id : ids)
    names.push_back(id.view().bytes());
  return alpn_body(names);
}

VersionProfile profile_of(Questioner& server, std::uint16_t version, std::vector<ProtocolId> left) {
  VersionProfile profile;
  profile.version = version;
  profile.plain = server.ask({.version = version});
  if (!profile.supported()) return profile;
  while (!left.empty()) {
    profile.last_offer = body_of(left);
    profile.last = server.ask({.version = version, .alpn = profile.last_offer});
    const auto selected = selection(profile.last, profile.last_offer);
    if (!selected) break;
    std::erase(left, *selected);
    profile.spoken.push_back(*selected);
  }
  if (left.empty()) {
    // It speaks all of them, and may still have something to say to what nobody speaks.
    profile.last_offer = alpn_body({"simplon.example/unknown"});
    profile.last = server.ask({.version = version, .alpn = profile.last_offer});
  }
  return profile;
}

}  // namespace

const VersionProfile* Profile::best() const noexcept {
  const auto found = std::ranges::find_if(versions, &VersionProfile::supported);
  return found == versions.end() ? nullptr : &*found;
}

Profile find_profile(Questioner& server, const std::vector<ProtocolId>& candidates) {
  Profile profile;
  for (const std::uint16_t version : {tls_1_3, tls_1_2}) {
    profile.versions.push_back(profile_of(server, version, candidates));
    // Whoever can't be reached, or is silent, is not asked again: it costs its timeout once.
    const Outcome outcome = profile.versions.back().plain.outcome;
    if (server.stopped() || outcome == Outcome::unreachable || outcome == Outcome::timed_out ||
        outcome == Outcome::not_tls)
      break;
  }
  return profile;
}

std::vector<ProtocolId> candidates_with(const std::vector<ProtocolId>& extra) {
  std::vector<ProtocolId> all;
  const auto add = [&](ProtocolIdView id) {
    if (!is_grease(id) && id != protocol::acme_tls_1 &&
        std::ranges::find(all, id, [](const ProtocolId& each) { return each.view(); }) == all.end()) {
      all.emplace_back(id);
    }
  };
  for (const ProtocolId& id : extra)
    add(id);
  for (const RegisteredProtocol& registered : registered_protocols())
    add(registered.id);
  return all;
}

}  // namespace simplon::probe
