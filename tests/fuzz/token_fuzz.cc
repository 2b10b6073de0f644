// Any bytes as a token: what is read is what was written, and nothing verifies without a key.
#include "base/status.h"
#include "ca/token/claims.h"
#include "ca/token/compact_jws.h"
#include "ca/token/verify_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mayfly;  // NOLINT(google-build-using-namespace)
  const std::string_view text = AsText({data, size});
  const absl::StatusOr<token::CompactJws> jws = token::CompactJws::Parse(text);
  if (!jws.ok()) {
    MAYFLY_CHECK(jws.status().code() == absl::StatusCode::kInvalidArgument);
  } else {
    // One spelling only: the parts encode to the same bytes again.
    const std::string again = jws->signing_input + "." + Base64UrlEncode(jws->signature);
    MAYFLY_CHECK(again == text);
    MAYFLY_CHECK(!jws->payload.empty() && !jws->signature.empty());
  }
  // RFC 8037's key: nobody but its owner signs by it.
  static const token::KeySet& keys = *new token::KeySet(
      token::KeySet::Parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d",)"
                           R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})")
          .value());
  token::TokenRules rules;
  rules.issuer = "https://id.example.com";
  rules.audiences = {"mayfly"};
  MAYFLY_CHECK(!token::VerifyToken(text, keys, rules, absl::FromUnixSeconds(1764000000)).ok());
  // The claims of a token, read as if it had been signed.
  const absl::StatusOr<token::Claims> claims = token::Claims::Parse(text);
  if (claims.ok()) {
    for (const char* name : {"sub", "groups", "/a/b", "/a~1b/0", "exp"}) {
      const std::optional<std::string> one = claims->Text(name);
      MAYFLY_CHECK(!one || (claims->Has(name) && claims->List(name).has_value()));
      static_cast<void>(claims->Scalar(name));
      static_cast<void>(claims->UnixSeconds(name));
      static_cast<void>(claims->Flag(name));
    }
  }
  return 0;
}
