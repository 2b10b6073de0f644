// Any bytes as what a cloud attests, and as what it signs: never a crash, nothing verifies that no
// pinned certificate signed.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "ca/authn/aws_document.h"
#include "ca/authn/azure_document.h"
#include "ca/authn/signed_content.h"
#include "ca/model/subject.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace authn = mayfly::authn;
  const mayfly::BytesView input(data, size);
  const std::string_view text = mayfly::AsText(input);
  const absl::Time now = absl::FromUnixSeconds(1772441000);
  for (const std::string& base64 : {std::string(text), mayfly::Base64Encode(input)}) {
    const auto content = authn::SignedContent::Parse(base64);
    if (!content.ok()) continue;
    MAYFLY_CHECK(!authn::VerifyByPinned(*content, {}, now).ok());
    MAYFLY_CHECK(!authn::VerifyByChain(*content, {}, {"metadata.azure.com"}, now).ok());
  }
  if (const auto aws = authn::ParseAwsDocument(text); aws.ok()) {
    MAYFLY_CHECK(mayfly::model::CheckLabels({{"account", aws->account},
                                             {"instance", aws->instance},
                                             {"region", aws->region},
                                             {"zone", aws->zone}})
                     .ok());
  }
  if (const auto azure = authn::ParseAzureDocument(text); azure.ok()) {
    MAYFLY_CHECK(azure->vm.size() == 36 && azure->subscription.size() == 36);
  }
  authn::AzureSignatureOf(text).status().IgnoreError();
  return 0;
}
