// Every configuration that docs/identity shows is one that mayflyd reads.
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "ca/config/config.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::config {
namespace {

// The ```yaml blocks of a page.
std::vector<std::string> YamlBlocks(const std::string& page) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const std::string& line : SplitLines(page)) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    } else if (line == "```yaml") {
      inside = true;
      blocks.emplace_back();
    }
  }
  return blocks;
}

class IdentityDocs : public ::testing::TestWithParam<const char*> {};

TEST_P(IdentityDocs, ShowConfigurationsThatLoad) {
  const std::string path = testing::SourcePath(std::string("docs/identity/") + GetParam() + ".md");
  ASSERT_OK_AND_ASSIGN(const std::string page, ReadFile(path));
  const std::vector<std::string> blocks = YamlBlocks(page);
  ASSERT_FALSE(blocks.empty());
  for (const std::string& block : blocks) {
    ASSERT_TRUE(block.starts_with("authenticators:")) << block;
    const std::string text =
        "listen: [\"[::]:7443\"]\naddresses: [\"ca.example.com:7443\"]\n" + block;
    ASSERT_OK_AND_ASSIGN(const Config config, LoadConfig(text, "mayflyd.yaml"));
    EXPECT_FALSE(config.authenticators.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Pages, IdentityDocs,
                         ::testing::Values("ssh-key", "join-token", "mtls", "aws", "gcp", "azure"),
                         [](const auto& tested) {
                           std::string name;
                           for (const char c : std::string(tested.param)) {
                             if (c != '-') name += c;
                           }
                           return name;
                         });

}  // namespace
}  // namespace mayfly::config
