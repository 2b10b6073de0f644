# ssh_data and net-ssh as readers, judges and clients. See interop_test.py.
library, action, *arguments = ARGV

def check_by_ssh_data(ca_file, principal, path)
  require 'ed25519' # Of which ssh_data asks the caller.
  require 'ssh_data'
  certificate = SSHData::Certificate.parse_openssh(File.read(path)) # Verifies the CA's signature.
  ca = SSHData::PublicKey.parse_openssh(File.read(ca_file))
  raise 'another CA' unless certificate.ca_key == ca
  raise 'another principal' unless certificate.valid_principals.include?(principal)
  now = Time.now
  raise 'out of its time' unless certificate.valid_after <= now && now < certificate.valid_before
end

def check_by_net_ssh(ca_file, principal, path)
  require 'net/ssh'
  blob = File.read(path).split[1].unpack1('m0')
  buffer = Net::SSH::Buffer.new(blob)
  certificate = Net::SSH::Authentication::Certificate.read_certblob(buffer, buffer.read_string.sub('-cert-v01@openssh.com', ''))
  raise 'the signature does not verify' unless certificate.signature_valid?
  ca = Net::SSH::KeyFactory.load_public_key(ca_file)
  raise 'another CA' unless certificate.signature_key.to_blob == ca.to_blob
  raise 'another principal' unless certificate.valid_principals.include?(principal)
  now = Time.now
  raise 'out of its time' unless certificate.valid_after <= now && now < certificate.valid_before
end

def login(address, user, key, certificate, known_host)
  require 'net/ssh'
  host, port = address.split(':')
  known = "#{key}.known_hosts"
  File.write(known, "[#{host}]:#{port} #{File.read(known_host)}")
  Net::SSH.start(host, user, port: port.to_i, keys: [key], keycerts: [certificate], keys_only: true, config: false,
                 use_agent: false, auth_methods: ['publickey'], verify_host_key: :always, non_interactive: true,
                 user_known_hosts_file: known, global_known_hosts_file: '/dev/null', host_key: ['ssh-ed25519']) do |ssh|
    print ssh.exec!('echo welcome')
  end
end

case action
when 'version'
  if library == 'ssh_data'
    require 'ssh_data'
    puts SSHData::VERSION
  else
    require 'net/ssh'
    puts Net::SSH::Version::STRING
  end
when 'check'
  ca, principal, *paths = arguments
  paths.each do |path|
    library == 'ssh_data' ? check_by_ssh_data(ca, principal, path) : check_by_net_ssh(ca, principal, path)
    puts "#{path}\tok"
  rescue StandardError, NotImplementedError => e
    puts "#{path}\tno\t#{e.class} #{e.message}".tr("\n", ' ')
  end
when 'login'
  login(*arguments)
end
