# cmake -DINPUT=file -DOUTPUT=file.cc -DHEADER=path.h -DFUNCTION=name -P EmbedFile.cmake
# Writes a source whose function returns the bytes of INPUT.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
# Lines that compilers and people can bear; a literal of adjacent parts.
string(REGEX REPLACE "((\\\\x..)(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?)" "    \"\\1\"\n" lines "${escaped}")
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace mayfly::client {

std::string_view ${FUNCTION}() {
  static constexpr char kBytes[] =
${lines}    ;
  return std::string_view(kBytes, ${size});
}

}  // namespace mayfly::client
")
