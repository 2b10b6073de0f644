// A policy set on this machine, with where each rule stands.
#ifndef MAYFLY_CLIENT_POLICY_LOADED_SET_H_
#define MAYFLY_CLIENT_POLICY_LOADED_SET_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/model/identity.h"
#include "ca/policy/analysis/lint.h"
#include "ca/policy/analysis/sources.h"
#include "ca/policy/policy_set.h"

namespace mayfly::client {

struct LoadedSet {
  std::shared_ptr<const policy::PolicySet> policy;
  policy::Sources sources;
  size_t files = 0;
};

// Loads as mayflyd does. A set that is wrong is kInvalidArgument with exit code kNo: its mistakes,
// each with its line and a caret.
absl::StatusOr<LoadedSet> LoadSet(const std::string& folder);

// What --users or --mayflyd-config name: who could ask.
struct PeopleOptions {
  std::string users;                      // A users file,
  std::string authenticator = "ssh-key";  // the authenticator that reads it,
  std::string realm = "people";           // and its realm.
  std::string mayflyd_config;  // Or a configuration, which names all three, of each authenticator.
};
struct KnownPeople {
  std::vector<model::Identity> people;  // One per user and authenticator.
  policy::Surroundings surroundings;    // Empty when neither option was given.
};
// Strict as the daemon about form; that keys are good is mayflyd's to check.
absl::StatusOr<KnownPeople> LoadPeople(const PeopleOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_LOADED_SET_H_
