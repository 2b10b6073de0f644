// Any bytes as an authorized_keys file: never a crash; whoever is enrolled has a name and a key,
// and every line is a user's, a problem or nothing.
#include <cstddef>
#include <cstdint>
#include <set>

#include "base/bytes.h"
#include "base/status.h"
#include "ca/model/subject.h"
#include "client/operator/authorized_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = mayfly::AsText(mayfly::BytesView(data, size));
  const mayfly::client::ImportedTeam team = mayfly::client::ParseAuthorizedKeys(text, {});
  std::set<std::string> names;
  std::set<mayfly::ssh::PublicKey> keys;
  for (const mayfly::client::ImportedUser& user : team.users) {
    MAYFLY_CHECK(names.insert(user.name).second && !user.keys.empty() && user.line > 0);
    MAYFLY_CHECK(
        mayfly::model::Subject::Create(mayfly::model::SubjectKind::kUser, user.name, "people")
            .ok());
    for (const mayfly::ssh::PublicKey& key : user.keys) MAYFLY_CHECK(keys.insert(key).second);
  }
  for (const mayfly::client::LineProblem& problem : team.problems) {
    MAYFLY_CHECK(problem.line > 0 && !problem.message.empty() &&
                 problem.message.find('\n') == std::string::npos);
  }
  return 0;
}
