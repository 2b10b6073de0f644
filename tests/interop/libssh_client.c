/* libssh as reader and client. See interop_test.py. */
#include <libssh/libssh.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check(int count, char **paths) {
  for (int i = 0; i < count; ++i) {
    ssh_key certificate = NULL;
    if (ssh_pki_import_cert_file(paths[i], &certificate) == SSH_OK) {
      printf("%s\tok\n", paths[i]);
    } else {
      printf("%s\tno\tcannot be read\n", paths[i]);
    }
    ssh_key_free(certificate);
  }
  return 0;
}

static int fail(ssh_session session, const char *what) {
  fprintf(stderr, "%s: %s\n", what, ssh_get_error(session));
  return 1;
}

static int run_command(ssh_session session) {
  ssh_channel channel = ssh_channel_new(session);
  char text[256];
  if (channel == NULL || ssh_channel_open_session(channel) != SSH_OK ||
      ssh_channel_request_exec(channel, "echo welcome") != SSH_OK) {
    return fail(session, "exec");
  }
  int size = ssh_channel_read(channel, text, sizeof text - 1, 0);
  if (size < 0) return fail(session, "read");
  text[size] = '\0';
  fputs(text, stdout);
  ssh_channel_close(channel);
  ssh_channel_free(channel);
  return 0;
}

/* address user key certificate known_hosts */
static int login(char **arguments) {
  char *colon = strchr(arguments[0], ':');
  if (colon == NULL) return 2;
  *colon = '\0';
  int port = atoi(colon + 1), no = 0;
  ssh_session session = ssh_new();
  ssh_key key = NULL, certificate = NULL;
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(session, SSH_OPTIONS_HOST, arguments[0]);
  ssh_options_set(session, SSH_OPTIONS_PORT, &port);
  ssh_options_set(session, SSH_OPTIONS_USER, arguments[1]);
  ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, arguments[4]);
  ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  if (ssh_connect(session) != SSH_OK) return fail(session, "connect");
  if (ssh_session_is_known_server(session) != SSH_KNOWN_HOSTS_OK) return fail(session, "host key");
  if (ssh_pki_import_privkey_file(arguments[2], NULL, NULL, NULL, &key) != SSH_OK ||
      ssh_pki_import_cert_file(arguments[3], &certificate) != SSH_OK ||
      ssh_pki_copy_cert_to_privkey(certificate, key) != SSH_OK) {
    return fail(session, "key and certificate");
  }
  if (ssh_userauth_try_publickey(session, NULL, certificate) != SSH_AUTH_SUCCESS ||
      ssh_userauth_publickey(session, NULL, key) != SSH_AUTH_SUCCESS) {
    return fail(session, "login");
  }
  int result = run_command(session);
  ssh_disconnect(session);
  ssh_free(session);
  return result;
}

int main(int argc, char **argv) {
  if (argc >= 2 && strcmp(argv[1], "version") == 0) {
    puts(ssh_version(0));
    return 0;
  }
  if (argc >= 5 && strcmp(argv[1], "check") == 0) return check(argc - 4, argv + 4);
  if (argc == 7 && strcmp(argv[1], "login") == 0) return login(argv + 2);
  return 2;
}
