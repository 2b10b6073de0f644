#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::http {
namespace {

constexpr long kConnectTimeoutMs = 5000;

// What the callbacks of one transfer need.
struct Transfer {
  std::string body;
  size_t max_size = 0;
  bool too_large = false;
  const std::function<bool()>* cancelled = nullptr;
};

size_t Receive(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  if (transfer->body.size() + bytes > transfer->max_size) {
    transfer->too_large = true;
    return 0;  // Ends the transfer.
  }
  transfer->body.append(data, bytes);
  return bytes;
}

int Watch(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* transfer = static_cast<Transfer*>(user);
  return *transfer->cancelled && (*transfer->cancelled)() ? 1 : 0;
}

// The part of a URL that may be told: neither user nor query.
std::string Place(std::string_view url) {
  return EscapeForTerminal(url.substr(0, std::min(url.find('?'), url.size())));
}

// What may stand in a header of ours. An access token comes from whoever logs in: with a line break
// it would be a header of theirs.
bool IsBearer(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

class CurlClient final : public Client {
 public:
  explicit CurlClient(ClientOptions options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    MAYFLY_CHECK(initialised == CURLE_OK);
  }

  absl::StatusOr<Response> Fetch(const Request& request) override {
    if (!IsBearer(request.bearer)) {
      return InvalidArgument(
          fmt::format("{}: the access token holds what no token holds", Place(request.url)));
    }
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                   curl_easy_cleanup);
    if (curl == nullptr) return ResourceExhausted("no memory for an HTTP request");
    Transfer transfer;
    transfer.max_size = request.max_size;
    transfer.cancelled = &options_.cancelled;
    char words[CURL_ERROR_SIZE] = "";
    SetTransport(curl.get(), request, words);
    const std::string body = request.form ? EncodeForm(*request.form) : std::string();
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, "Accept: application/json"), curl_slist_free_all);
    if (!request.bearer.empty()) {
      curl_slist_append(headers.get(), ("Authorization: Bearer " + request.bearer).c_str());
    }
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    if (request.form) {
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    }
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Receive);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, Watch);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    const CURLcode code = curl_easy_perform(curl.get());
    if (transfer.too_large || code == CURLE_FILESIZE_EXCEEDED) {
      return ResourceExhausted(fmt::format("{}: the answer has more than {} bytes",
                                           Place(request.url), request.max_size));
    }
    if (code != CURLE_OK) {
      return Unavailable(
          fmt::format("{}: {}", Place(request.url),
                      EscapeForTerminal(*words != 0 ? words : curl_easy_strerror(code))));
    }
    Response response;
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    response.body = std::move(transfer.body);
    return response;
  }

 private:
  void SetTransport(CURL* curl, const Request& request, char* words) const {
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // Never wait for a name that does not resolve.
#endif
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(request.limit)));
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_size));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "mayfly");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    if (!options_.roots_pem.empty()) {
      curl_blob pem = {};
      // curl does not write to it.
      pem.data = const_cast<char*>(options_.roots_pem.data());
      pem.len = options_.roots_pem.size();
      pem.flags = CURL_BLOB_COPY;
      curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &pem);
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    }
  }

  const ClientOptions options_;
};

}  // namespace

std::unique_ptr<Client> MakeClient(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace mayfly::http
