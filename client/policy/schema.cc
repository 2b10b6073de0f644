#include "client/policy/schema.h"

#include "document/json_schema.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

struct Schema {
  const char* name;
  const char* message;
};
constexpr Schema kSchemas[] = {{"policy", "mayfly.v1.PolicyFile"},
                               {"cases", "mayfly.v1.PolicyCasesFile"},
                               {"users", "mayfly.v1.UsersFile"},
                               {"config", "mayfly.v1.ConfigFile"}};

}  // namespace

const std::vector<std::string>& SchemaNames() {
  static const auto* const names = [] {
    auto* const list = new std::vector<std::string>();
    for (const Schema& schema : kSchemas) list->emplace_back(schema.name);
    return list;
  }();
  return *names;
}

ExitCode PrintSchema(const Context& context, const std::string& name) {
  for (const Schema& schema : kSchemas) {
    if (name != schema.name) continue;
    const auto text = document::JsonSchema(SchemaDescriptors(), schema.message);
    if (!text.ok()) return context.Report(text.status());
    context.out << *text;
    context.Hint(fmt::format("editors take it from the first line of a file: {}{}.schema.json",
                             "# yaml-language-server: $schema=.", name));
    return ExitCode::kOk;
  }
  return ExitCode::kUsage;
}

}  // namespace mayfly::client
