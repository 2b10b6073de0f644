mayfly_fuzz(join_token SOURCE ${CMAKE_CURRENT_LIST_DIR}/join_token_fuzz.cc
            DEPS mayfly_client_commands mayfly_base)
