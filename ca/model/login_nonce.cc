#include "ca/model/login_nonce.h"

namespace mayfly::model {

std::string LoginNonce(BytesView session_key_blob, BytesView seed) {
  Bytes both = ToBytes(session_key_blob);
  both.insert(both.end(), seed.begin(), seed.end());
  return Base64UrlEncode(Sha256(both));
}

}  // namespace mayfly::model
