#include "ca/policy/analysis/who.h"

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PolicySet& AskedSet() {
  static const auto policy = LoadPolicySet(testing::SourcePath("policies")).value();
  return *policy;
}

model::Identity Person(const std::string& name, const std::vector<std::string>& groups) {
  model::Identity person = Alice();
  person.subject.name = name;
  person.groups = model::Fact<std::vector<std::string>>::Known(groups);
  return person;
}

std::vector<std::string> Routes(const WhoAnswer& answer) {
  std::vector<std::string> lines;
  for (const Route& route : answer.routes) {
    lines.push_back(fmt::format("{}: {}: {}", route.grant->name, Describe(route.principal),
                                fmt::join(route.whom, " | ")));
  }
  return lines;
}

std::vector<std::string> People(const WhoQuery& query, const WhoAnswer& answer) {
  std::vector<std::string> lines;
  for (const PersonRoute& person : answer.people) {
    lines.push_back(fmt::format("{} by {} if [{}]", query.people[person.person].subject.name,
                                answer.routes[person.route].grant->name,
                                fmt::join(person.provided, " | ")));
  }
  return lines;
}

TEST(Who, SaysByWhichGrantAndWhoIsRefused) {
  WhoQuery query;
  query.login = "root";
  query.people = {Person("carol", {"sre"}), Person("dave", {"sre", "contractors"}),
                  Person("alice", {"engineering"})};
  const WhoAnswer answer = Who(AskedSet(), query);
  EXPECT_THAT(Routes(answer), ElementsAre("production-root: root on hosts with env=production: "
                                          "realm people, group sre, not group contractors"));
  EXPECT_THAT(answer.routes[0].refused, ElementsAre("contractors-never-root"));
  EXPECT_THAT(People(query, answer), ElementsAre("carol by production-root if []"));
}

TEST(Who, SaysWhatElseMustBeSo) {
  WhoQuery query;
  query.login = "backup";
  query.people = {Person("robot", {"backup-robots"})};
  const WhoAnswer answer = Who(AskedSet(), query);
  EXPECT_THAT(People(query, answer),
              ElementsAre("robot by backup-pull if [from 10.0.0.0/8, key ed25519]"));
}

TEST(Who, CountsOnesOwnName) {
  WhoQuery query;
  query.login = "alice";
  query.people = {Person("alice", {"engineering"}), Person("bob", {"engineering"})};
  const WhoAnswer answer = Who(AskedSet(), query);
  EXPECT_THAT(Routes(answer), ElementsAre("engineers: alice on any host: authenticator ssh-key, "
                                          "group engineering, named alice"));
  EXPECT_THAT(People(query, answer), ElementsAre("alice by engineers if []"));
}

TEST(Who, LooksAtTheHost) {
  WhoQuery query;
  query.login = "root";
  query.host_labels = model::Labels{{"env", "staging"}};
  EXPECT_THAT(Who(AskedSet(), query).routes, IsEmpty());
  query.host_labels = model::Labels{{"env", "production"}, {"role", "db"}};
  EXPECT_EQ(Who(AskedSet(), query).routes.size(), 1u);
  query.login = "alice";  // Production accepts no plain principal.
  EXPECT_THAT(Who(AskedSet(), query).routes, IsEmpty());
}

TEST(Who, AnswersForHostCertificates) {
  WhoQuery query;
  query.login = "db1";
  query.for_user = false;
  EXPECT_THAT(Routes(Who(AskedSet(), query)),
              ElementsAre("hosts: host name db1: authenticator join, named db1"));
}

}  // namespace
}  // namespace mayfly::policy
