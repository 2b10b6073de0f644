// Texts that are the same but for a name: a hundred teams with the same rules are read once.
#ifndef MAYFLY_CLIENT_POLICY_ALIKE_H_
#define MAYFLY_CLIENT_POLICY_ALIKE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace mayfly::client {

struct Alike {
  size_t index = 0;  // Of the text that stands for all.
  // What stands in it for what varies, and what the others have in its place, everywhere; both
  // empty when it stands for itself alone. Nothing else differs: the others can be written down
  // from this.
  std::string name;
  std::vector<std::string> others;
};

// In the order of their first texts. A text is like an earlier one when putting one name (letters,
// digits, . _ -) in the place of another, wherever it stands between characters that are no letters
// or digits, makes one of the other. Two alone stay apart. Only the first 200 groups are compared
// with, so that time stays linear in the texts.
std::vector<Alike> GroupAlike(const std::vector<std::string>& texts);

// "likewise 2 times, with these for billing-api: billing-batch, mail-web\n" in lines that fit, each
// with `indent` before it; empty when it stands for itself alone.
std::string OthersText(const Alike& alike, const std::string& indent);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_ALIKE_H_
