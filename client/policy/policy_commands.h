// What `mayfly policy` does without a CA: check, test, explain, who, principals, diff,
// schema.
//
// Nothing here speaks to the network or reads a secret. Results go to context.out, as text or, with
// --output json, as docs/cli.md describes.
#ifndef MAYFLY_CLIENT_POLICY_POLICY_COMMANDS_H_
#define MAYFLY_CLIENT_POLICY_POLICY_COMMANDS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/model/identity.h"
#include "client/context.h"
#include "client/exit_code.h"
#include "client/policy/loaded_set.h"

namespace mayfly::client {

struct CheckOptions {
  std::string folder = ".";
  bool strict = false;  // Warnings are a no as well.
  bool notes = false;
  PeopleOptions people;
};
// kNo for a set that does not load, and with `strict` for one with warnings.
ExitCode CheckPolicy(const Context& context, const CheckOptions& options);

struct TestOptions {
  std::string folder = ".";
  std::string junit;       // A file to write.
  int min_coverage = 0;    // Percent of grants, of denials and of conditions.
  bool uncovered = false;  // Name what no case reaches.
};
// kNo when a case fails, or less is covered than asked for.
ExitCode TestPolicy(const Context& context, const TestOptions& options);

struct ExplainOptions {
  std::string folder = ".";
  std::string user, host;
  std::string realm, authenticator;
  std::vector<std::string> groups;
  bool groups_unknown = false;
  std::vector<std::string> labels;
  std::vector<std::string> claims;
  bool hardware = false;
  std::string grant, target;
  std::vector<std::string> target_labels;
  std::vector<std::string> logins;
  std::vector<std::string> names;  // Of a host certificate.
  std::string lifetime, reason, force_command;
  std::vector<std::string> extensions, source_addresses;
  bool no_extensions = false;
  std::string from, at, key;
  bool all = false;  // Rules that are not meant for the caller, too.
};
// kNo when it would be refused.
ExitCode ExplainPolicy(const Context& context, const ExplainOptions& options);

struct WhoOptions {
  std::string folder = ".";
  std::string principal;
  std::string host_certificate;  // Instead: who can get that host name.
  std::vector<std::string> host_labels;
  PeopleOptions people;
  bool recorded = false;  // Also those that the CA's ledger knows.
  std::string since = "30d";
};
// Who a CA has seen since then; passed in, so that nothing here speaks to one.
using RecordedPeople =
    std::function<absl::StatusOr<std::vector<model::Identity>>(const std::string& since)>;
// kNo when nobody can.
ExitCode WhoCan(const Context& context, const WhoOptions& options, const RecordedPeople& recorded);

struct PrincipalsOptions {
  std::string folder = ".";
  std::vector<std::string> host_labels;
  std::string login;  // Only this one's, a principal a line.
};
// What hosts with these labels accept, for each login. kNo when it is nothing.
ExitCode AcceptedPrincipals(const Context& context, const PrincipalsOptions& options);

struct DiffOptions {
  std::string before, now;  // Folders.
};
// kNo when the new set gives somebody more, or drops a limit.
ExitCode DiffPolicies(const Context& context, const DiffOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_POLICY_COMMANDS_H_
