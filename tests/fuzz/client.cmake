mayfly_fuzz(join_token SOURCE ${CMAKE_CURRENT_LIST_DIR}/join_token_fuzz.cc
            DEPS mayfly_client_commands mayfly_base)
mayfly_fuzz(authorized_keys SOURCE ${CMAKE_CURRENT_LIST_DIR}/authorized_keys_fuzz.cc
            DEPS mayfly_client_commands mayfly_base)
mayfly_fuzz(http_answer SOURCE ${CMAKE_CURRENT_LIST_DIR}/http_answer_fuzz.cc
            DEPS mayfly_client_commands mayfly_base)
