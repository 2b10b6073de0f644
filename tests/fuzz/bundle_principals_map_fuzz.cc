// A principals map that parses means the same when it is written again, and yields lines of the
// principals' grammar only: they become a file that sshd reads as root.
#include "base/status.h"
#include "bundle/principals_map.h"
#include "ca/model/principal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mayfly::bundle::PrincipalsMap;
  const absl::StatusOr<PrincipalsMap> map = mayfly::bundle::ParsePrincipalsMap({data, size});
  if (!map.ok()) {
    MAYFLY_CHECK(map.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  const absl::StatusOr<PrincipalsMap> again =
      mayfly::bundle::ParsePrincipalsMap(mayfly::bundle::EncodePrincipalsMap(*map));
  MAYFLY_CHECK(again.ok() && *again == *map);
  for (const std::string login : {"alice", "root", "deploy", "not a login"}) {
    for (const std::string& line : mayfly::bundle::PrincipalsFor(*map, login)) {
      const auto parts = mayfly::model::ParsePrincipal(line);
      MAYFLY_CHECK(parts.ok() && parts->login == login);
    }
  }
  return 0;
}
