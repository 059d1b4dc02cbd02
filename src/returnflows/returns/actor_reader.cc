#include "returnflows/returns/actor_reader.h"

#include <array>

#include "returnflows/base/limits.h"

namespace returnflows::returns {
namespace {

constexpr std::array<std::string_view, 3> kActorFields = {"type", "id", "name"};

// Carriers speak by scans, and nobody but the server is `system` or `auto_close`.
constexpr std::array kActorTypes = {
    ActorType::kCustomer, ActorType::kStaff, ActorType::kApi, ActorType::kWms};

}  // namespace

Actor read_actor(const ObjectReader& body) {
  Actor actor;
  const auto fields = body.object("actor", kActorFields);
  if (!fields) return actor;
  std::array<std::string_view, kActorTypes.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = actor_type_name(kActorTypes[i]);
  if (const auto type = fields->choice("type", names)) actor.type = kActorTypes[*type];
  actor.id = fields->line("id", limits::kReturnNameBytesMax);
  actor.name = fields->line("name", limits::kReturnNameBytesMax);
  return actor;
}

}  // namespace returnflows::returns
