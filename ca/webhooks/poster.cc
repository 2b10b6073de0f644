#include "ca/webhooks/poster.h"

#include <curl/curl.h>

#include <memory>

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::webhooks {
namespace {

constexpr size_t kMaxUrl = 2000;
constexpr long kConnectSeconds = 5;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

// What a receiver answers is not read: only its status counts.
size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

int AskCancelled(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(cancelled))() ? 1 : 0;
}

bool IsLoopback(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const absl::StatusOr<IpAddress> address = IpAddress::Parse(host);
  return address.ok() && (IpNetwork::Parse("127.0.0.0/8")->Contains(*address) ||
                          IpNetwork::Parse("::1/128")->Contains(*address));
}

class CurlPoster : public Poster {
 public:
  CurlPoster(absl::Duration limit, std::function<bool()> cancelled)
      : limit_(limit), cancelled_(std::move(cancelled)) {}

  absl::Status Send(const Post& post) override {
    MAYFLY_RETURN_IF_ERROR(CheckUrl(post.url));
    const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
    MAYFLY_CHECK(easy != nullptr);
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    for (const auto& [name, value] : post.headers) {
      headers = curl_slist_append(headers, fmt::format("{}: {}", name, value).c_str());
    }
    headers = curl_slist_append(headers, "Expect:");  // No waiting for 100.
    const std::unique_ptr<curl_slist, FreeList> owner(headers);
    CURL* const handle = easy.get();
    curl_easy_setopt(handle, CURLOPT_URL, post.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR,
                     post.url.starts_with("https:") ? "https" : "http");
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(post.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, post.body.data());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "mayflyd");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");  // The environment decides nothing.
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(limit_)));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Discard);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, AskCancelled);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &cancelled_);
    if (!post.roots_file.empty()) {
      curl_easy_setopt(handle, CURLOPT_CAINFO, post.roots_file.c_str());
      curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    }
    const CURLcode code = curl_easy_perform(handle);
    if (code != CURLE_OK) return Unavailable(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) return absl::OkStatus();
    return Unavailable(fmt::format("it answered with status {}", status));
  }

 private:
  const absl::Duration limit_;
  const std::function<bool()> cancelled_;
};

}  // namespace

std::unique_ptr<Poster> MakePoster(absl::Duration limit, std::function<bool()> cancelled) {
  // Not thread-safe before curl 7.84: the first poster is made before there are threads.
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return std::make_unique<CurlPoster>(limit, std::move(cancelled));
}

absl::Status CheckUrl(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  const bool parsed = text.size() <= kMaxUrl && EscapeForTerminal(text) == text &&
                      text.find(' ') == std::string::npos &&
                      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  const std::string scheme = parsed ? PartOf(url.get(), CURLUPART_SCHEME) : "";
  if (!parsed || (scheme != "https" && scheme != "http") || !text.starts_with(scheme + "://")) {
    return InvalidArgument("expected a URL as https://hooks.example.com/mayfly");
  }
  if (!PartOf(url.get(), CURLUPART_USER).empty() ||
      !PartOf(url.get(), CURLUPART_PASSWORD).empty()) {
    return InvalidArgument("a URL with a user or password: a secret does not belong into it");
  }
  if (scheme == "http" && !IsLoopback(PartOf(url.get(), CURLUPART_HOST))) {
    return InvalidArgument(
        "plain http goes to this machine only, as http://127.0.0.1:8080/; use https");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::webhooks
