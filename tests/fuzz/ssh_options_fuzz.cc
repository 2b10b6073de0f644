// A list of options that parses encodes to the same bytes; a source-address that parses has one
// form.
#include "base/status.h"
#include "ssh/options.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<mayfly::ssh::OptionList> list = mayfly::ssh::OptionList::Parse(input);
  if (list.ok()) {
    MAYFLY_CHECK(mayfly::Equal(list->Encode(), input));
    for (const std::string& name : list->names()) {
      MAYFLY_CHECK(list->Has(name));
      list->Text(name).IgnoreError();
    }
  }
  const auto networks = mayfly::ssh::ParseSourceAddress(mayfly::AsText(input));
  if (!networks.ok()) return 0;
  const absl::StatusOr<std::string> text = mayfly::ssh::FormatSourceAddress(*networks);
  MAYFLY_CHECK(text.ok());
  const auto again = mayfly::ssh::ParseSourceAddress(*text);
  MAYFLY_CHECK(again.ok() && *again == *networks);
  return 0;
}
