#include "ca/policy/widening.h"

#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Row {
  std::string name, before, after;
  std::vector<std::string> expected;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
class WideningOf : public ::testing::TestWithParam<Row> {};

TEST_P(WideningOf, IsNamed) {
  EXPECT_EQ(Widenings(*PolicyOf(GetParam().before), *PolicyOf(GetParam().after)),
            GetParam().expected);
}

std::string Denial(const std::string& when) { return "denials: [{name: d, when: " + when + "}]\n"; }
std::string Operator(const std::string& whom, const std::string& may) {
  return "operators: [{name: o, for: " + whom + ", may: " + may + "}]\n";
}
std::string Manager(const std::string& groups) {
  return "operators: [{name: o, for: {realm: p}, may: [manage-users], manage_groups: " + groups +
         "}]\n";
}

const char kNothing[] = "grants: []\n";
const char kLess[] = "denial d no longer refuses all that it did";

INSTANTIATE_TEST_SUITE_P(
    Rows, WideningOf,
    ::testing::ValuesIn(std::vector<Row>{
        {"NothingBefore", kNothing, Denial("{realm: people}"), {}},
        {"DenialGone", Denial("{realm: people}"), kNothing, {"denial d is gone"}},
        {"DenialSame",
         Denial("{realm: people, logins: [a]}"),
         Denial("{logins: [a], realm: people}"),
         {}},
        {"DenialRenamed",
         "denials: [{name: a, when: {realm: x}}]\n",
         "denials: [{name: b, when: {realm: x}}]\n",
         {"denial a is gone"}},
        {"DenialMoreLogins", Denial("{logins: [a]}"), Denial("{logins: [b, a]}"), {}},
        {"DenialFewerLogins", Denial("{logins: [a, b]}"), Denial("{logins: [a]}"), {kLess}},
        {"DenialMoreConditions",
         Denial("{logins: [a]}"),
         Denial("{logins: [a], groups: [g]}"),
         {kLess}},
        {"DenialFewerConditions",
         Denial("{logins: [a], groups: [g]}"),
         Denial("{logins: [a]}"),
         {}},
        {"DenialOtherRealm", Denial("{realm: a}"), Denial("{realm: b}"), {kLess}},
        {"DenialMoreLabels", Denial("{hosts: {a: b}}"), Denial("{hosts: {a: b, c: d}}"), {kLess}},
        {"DenialFewerLabels", Denial("{hosts: {a: b, c: d}}"), Denial("{hosts: {a: b}}"), {}},
        {"DenialSmallerNetwork",
         Denial("{networks: [10.0.0.0/8]}"),
         Denial("{networks: [10.0.0.0/9]}"),
         {kLess}},
        {"DenialLargerNetwork",
         Denial("{networks: [10.0.0.0/9]}"),
         Denial("{networks: [10.0.0.0/8]}"),
         {}},
        {"OperatorGone",
         Operator("{realm: p}", "[apply-policy]"),
         kNothing,
         {"operator o is gone"}},
        {"OperatorLosesAndGains",
         Operator("{realm: p}", "[apply-policy]"),
         Operator("{realm: p}", "[read-decisions]"),
         {"operator o loses [apply-policy]", "operator o gains [read-decisions]"}},
        {"OperatorForOthers",
         Operator("{realm: p, groups: [a]}", "[apply-policy]"),
         Operator("{realm: p}", "[apply-policy]"),
         {"operator o is for others than before"}},
        {"OperatorManagesOthers",
         Manager("[web]"),
         Manager("[web, sre]"),
         {"operator o manages [sre, web], not [web]"}},
        {"OperatorManagesAll",
         Manager("[web]"),
         Manager("any"),
         {"operator o manages any group, not [web]"}},
        {"OperatorManagesTheSame", Manager("[web, db]"), Manager("[db, web]"), {}},
        {"OperatorBeginsToManage",
         Operator("{realm: p}", "[approve]"),
         "operators: [{name: o, for: {realm: p}, may: [approve, manage-users], manage_groups: "
         "any}]\n",
         {"operator o gains [manage-users]"}},
        {"CeilingRises",
         "ceilings: {user_lifetime: 1h, host_lifetime: 1d}\n",
         "ceilings: {user_lifetime: 2h, host_lifetime: 1d}\n",
         {"ceiling user_lifetime rises from 1h to 2h"}},
        {"CeilingFalls", "ceilings: {user_lifetime: 2h}\n", "ceilings: {user_lifetime: 1h}\n", {}},
        {"CeilingsGone",
         "ceilings: {user_lifetime: 1h, host_lifetime: 1d}\n",
         kNothing,
         {"ceiling user_lifetime rises from 1h to 1d",
          "ceiling host_lifetime rises from 1d to 90d"}},
        {"HighCeilingGone", "ceilings: {user_lifetime: 7d}\n", kNothing, {}},
        {"ScopedOnlyGone",
         "scoped_only: {env: a}\n",
         kNothing,
         {"scoped_only is gone: hosts with env=a accept plain principals"}},
        {"ScopedOnlyNarrower",
         "scoped_only: {env: a}\n",
         "scoped_only: {env: a, role: b}\n",
         {"scoped_only no longer holds for all hosts with env=a, only env=a and role=b"}},
        {"ScopedOnlyWider", "scoped_only: {env: a, role: b}\n", "scoped_only: {env: a}\n", {}},
        {"ScopedOnlyNew", kNothing, "scoped_only: {env: a}\n", {}},
    }),
    [](const ::testing::TestParamInfo<Row>& test) { return test.param.name; });

TEST(Widenings, ListsAllInOrder) {
  const std::string before = Denial("{realm: x}") + Operator("{realm: p}", "[apply-policy]") +
                             "ceilings: {user_lifetime: 1h}\nscoped_only: {env: a}\n";
  EXPECT_THAT(Widenings(*PolicyOf(before), *PolicyOf(kNothing)),
              ElementsAre("denial d is gone", "operator o is gone",
                          "ceiling user_lifetime rises from 1h to 1d",
                          "scoped_only is gone: hosts with env=a accept plain principals"));
  EXPECT_THAT(Widenings(*PolicyOf(before), *PolicyOf(before)), IsEmpty());
}

}  // namespace
}  // namespace mayfly::policy
